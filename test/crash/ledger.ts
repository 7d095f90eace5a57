import type { Answer } from './clients.js';

/** A command on a timer or a room that was acknowledged: this action made it this revision. */
export interface Acknowledged {
  /** A timer's id, or a room's. */
  readonly id: string;
  readonly revision: number;
  readonly action: string;
}

/** A command that may be sent again. */
export interface Keyed {
  readonly timerId: string;
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly headers: { [name: string]: string };
  readonly answer: Answer;
}

/** What the clients know when the server is gone. */
export class Ledger {
  readonly acknowledged: Acknowledged[] = [];
  readonly keyed: Keyed[] = [];
  /** Titles of legacy timers: sent, and of these the ones whose start was acknowledged. */
  readonly titlesSent = new Set<string>();
  readonly titlesAcknowledged = new Set<string>();
  /** Acknowledged legacy stops by person. */
  readonly stops = new Map<string, number>();
  /** Commands that nobody answered: they may have happened. */
  unknown = 0;

  note(id: string, revision: unknown, action: string): void {
    this.acknowledged.push({ id, revision: Number(revision), action });
  }

  noteStop(userId: string): void {
    this.stops.set(userId, (this.stops.get(userId) ?? 0) + 1);
  }

  get size(): number {
    return (
      this.acknowledged.length + this.titlesAcknowledged.size + [...this.stops.values()].reduce((a, b) => a + b, 0)
    );
  }
}
