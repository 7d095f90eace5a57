import { AT_NOON } from './domain.js';
import { NOON, type Person, type Planning, type Reply } from './planning.js';

export type Item = Record<string, unknown> & { readonly id: string };

export const ID = expect.stringMatching(
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
) as string;

/** So many seconds after noon, as replies in UTC show it. */
export const at = (seconds: number): string => new Date(AT_NOON + seconds * 1_000).toISOString().replace('.000', '');

/**
 * A Timer object (docs/spec/v1.md#51-timer-object), every key in its order, as it is just after its start at noon, with
 * what differs.
 */
export const timerOf = (owner: { readonly id: string }, differing: Record<string, unknown> = {}): Item => ({
  id: ID,
  owner_id: owner.id,
  schedule_id: null,
  todo_id: null,
  title: null,
  description: null,
  allocated_duration: 1_500,
  elapsed_time: 0,
  status: 'RUNNING',
  started_at: NOON,
  paused_at: null,
  ended_at: null,
  pause_history: [{ action: 'start', at: NOON }],
  created_at: NOON,
  updated_at: NOON,
  schedule: null,
  todo: null,
  tags: [],
  is_shared: false,
  running_since: NOON,
  revision: 1,
  origin: 'v1',
  visibility_level: null,
  ...differing,
});

export const ok = (body: unknown, status = 200) => ({ status, body });

export const start = (person: Person, own: Record<string, unknown> = {}) =>
  person.make('/v1/timers', { allocated_duration: 1_500, ...own }) as Promise<Item>;

export const addGroup = (person: Person) => person.make('/v1/tags/groups', { name: 'g', color: '#abc' });

export async function addTag(person: Person, name: string) {
  const { id } = await addGroup(person);
  return person.make('/v1/tags', { name, color: '#fff', group_id: id });
}

export const addSchedule = (person: Person, own: Record<string, unknown> = {}) =>
  person.make('/v1/schedules', {
    title: 's',
    start_time: '2026-03-03T09:00:00Z',
    end_time: '2026-03-03T10:00:00Z',
    ...own,
  }) as Promise<Item>;

export async function addTodo(person: Person, own: Record<string, unknown> = {}) {
  const { id } = await addGroup(person);
  return person.make('/v1/todos', { title: 't', tag_group_id: id, ...own }) as Promise<Item>;
}

/** Where the next page is, as a path; undefined on the last. */
export function nextOf(reply: Reply): string | undefined {
  const link = /^<([^>]+)>; rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1];
  return link?.replace(/^https?:\/\/[^/]+/, '');
}

/** All pages of a list. */
export async function pages(person: Person, path: string): Promise<Item[][]> {
  const found: Item[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const reply: Reply = await person.get(next);
    expect(reply.status).toBe(200);
    found.push(reply.body);
    next = nextOf(reply);
  }
  return found;
}

/** Lets others read a timer without a revision, as rows before this version may be. */
export async function shareTimer(planning: Planning, { id, owner_id: owner }: Item, level: string): Promise<void> {
  await planning.dataSource.query(
    `INSERT INTO visibility_settings (id, resource_type, resource_id, owner_id, level, created_at, updated_at)
     VALUES (gen_random_uuid(), 'timer', $1, $2, $3, now(), now())`,
    [id, owner, level],
  );
}

export interface Row extends Record<string, unknown> {
  readonly revision: number;
}

/** The row of a timer as it is stored, where it is stored too. */
export async function storedRow(planning: Planning, id: string): Promise<Row | undefined> {
  const [row] = await planning.dataSource.query<Row[]>(
    `SELECT ctid::text, xmin::text, xmax::text, t.* FROM timers t WHERE id = $1`,
    [id],
  );
  return row;
}

/** What the log tells of a timer: revision and action, oldest first. */
export async function logOf(planning: Planning, id: string): Promise<[number, string, string | null][]> {
  const rows = await planning.dataSource.query<{ revision: number; action: string; actor: string | null }[]>(
    `SELECT revision, action, actor FROM timer_changes WHERE timer_id = $1 ORDER BY revision`,
    [id],
  );
  return rows.map(({ revision, action, actor }) => [revision, action, actor]);
}
