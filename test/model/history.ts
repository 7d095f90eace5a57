import type { DataSource } from 'typeorm';

interface Event {
  readonly kind: 'acknowledged' | 'read';
  /** A timer's id, or a room's. */
  readonly id: string;
  readonly revision: number;
  /** When it was sent and when it was answered, in the order of everything that was. */
  readonly began: number;
  readonly ended: number;
}

interface Logged {
  timer_id: string;
  owner: string;
  revision: number;
  room_revision: number | null;
}

/** What clients were told in a run, to be held against the log afterwards. */
export class History {
  private readonly events: Event[] = [];
  private time = 0;

  /** @param mark where the log stood when the run began */
  constructor(private readonly mark = '0') {}

  /** A moment: later than every one before. */
  now(): number {
    return ++this.time;
  }

  acknowledge(id: string, revision: number, began: number): void {
    this.events.push({ kind: 'acknowledged', id, revision, began, ended: this.now() });
  }

  read(id: string, revision: number, began: number): void {
    this.events.push({ kind: 'read', id, revision, began, ended: this.now() });
  }

  /** Per timer: revisions gapless and in order, every acknowledged command in once, no read older than an acknowledgement. */
  async problems(dataSource: DataSource): Promise<string[]> {
    const logged = await dataSource.query<Logged[]>(
      `SELECT timer_id, owner, revision, (room->>'revision')::int AS room_revision
       FROM timer_changes WHERE id > $1 ORDER BY id`,
      [this.mark],
    );
    const shown = await dataSource.query<{ id: string; revision: number }[]>(
      `SELECT substr(topic, 6) AS id, (body->>'revision')::int AS revision FROM signals WHERE kind = 'room.clock_shows'`,
    );
    const byId = new Map<string, number[]>();
    const add = (id: string, revision: number) => byId.set(id, [...(byId.get(id) ?? []), revision]);
    for (const { timer_id: id, owner, revision, room_revision: ofRoom } of logged) {
      add(id, revision);
      if (ofRoom !== null) add(owner, ofRoom);
    }
    for (const { id, revision } of shown) if (byId.has(id)) add(id, revision);
    return [...this.gaps(byId), ...this.lost(byId), ...this.staleReads()];
  }

  private gaps(byId: ReadonlyMap<string, number[]>): string[] {
    return [...byId].flatMap(([id, revisions]) => {
      const sorted = [...revisions].sort((a, b) => a - b);
      const first = sorted[0] ?? 1;
      const gapless = sorted.every((revision, index) => revision === first + index) && first <= 2;
      return gapless ? [] : [`${id}: the log has the revisions ${sorted.join(', ')}`];
    });
  }

  private lost(byId: ReadonlyMap<string, number[]>): string[] {
    return this.events.flatMap(({ kind, id, revision }) => {
      if (kind !== 'acknowledged') return [];
      const there = byId.get(id)?.filter((logged) => logged === revision).length ?? 0;
      return there === 1 ? [] : [`${id}: the acknowledged revision ${revision} is in the log ${there} times`];
    });
  }

  private staleReads(): string[] {
    const acknowledged = this.events.filter(({ kind }) => kind === 'acknowledged');
    return this.events.flatMap(({ kind, id, revision, began }) => {
      if (kind !== 'read') return [];
      const newer = acknowledged.find((event) => event.id === id && event.ended < began && event.revision > revision);
      return newer ? [`${id}: read at ${revision} after ${newer.revision} was acknowledged`] : [];
    });
  }
}
