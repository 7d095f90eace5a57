import { Client } from 'pg';

import { Transactions } from '../../src/database/transactions.js';
import { startTimer } from '../../src/timer-domain/rules/timer.js';
import { TimerStore } from '../../src/timer-domain/writer/timer-store.js';
import { AT_NOON, type Domain, startDomain } from './domain.js';
import { v7 as uuidv7 } from 'uuid';

import { send, type Sent, signUp } from './send.js';

/** The clock of these tests stands at 2026-03-02T12:00:00Z, a Monday. */
export const NOON = '2026-03-02T12:00:00Z';
export const UNKNOWN_ID = '00000000-0000-7000-8000-000000000000';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed; what tests look at they name the type of. */
  readonly body: never;
}

type Body = Readonly<Record<string, unknown>>;

/** Somebody who is signed in. */
export interface Person {
  readonly id: string;
  get(path: string): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
  patch(path: string, body?: unknown): Promise<Reply>;
  delete(path: string): Promise<Reply>;
  /** The body of a POST that must be answered with 201. */
  make(path: string, body: unknown): Promise<Body & { readonly id: string }>;
}

export interface Planning extends Domain {
  signUp(): Promise<Person>;
  later(seconds: number): void;
}

let people = 0;

/** The application with the clock in our hands and without limits. */
export async function startPlanning(): Promise<Planning> {
  const domain = await startDomain({ env: { RATE_LIMIT_ENABLED: 'false' } });
  const later = (seconds: number) => {
    domain.clock.ms += seconds * 1_000;
  };
  return { ...domain, signUp: () => newPerson(domain.url), later };
}

export const putBack = (planning: Planning): void => {
  planning.clock.ms = AT_NOON;
};

async function newPerson(url: string): Promise<Person> {
  people += 1;
  const token = await signUp(url, `planner-${people}@example.com`);
  const method = (name: string) => (path: string, body?: unknown) => call(url, name, path, { token, body });
  const me = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  const post = method('POST');
  const make = async (path: string, body: unknown) => {
    const made = await post(path, body);
    expect(made).toMatchObject({ status: 201 });
    return made.body as Body & { readonly id: string };
  };
  return { id: me.sub, get: method('GET'), post, patch: method('PATCH'), delete: method('DELETE'), make };
}

async function call(url: string, method: string, path: string, sent: Sent): Promise<Reply> {
  const { status, body, headers } = await send(url, method, path, sent);
  // Not enumerable, so that a reply is compared whole with what it should be.
  return Object.defineProperty({ status, body }, 'headers', { value: headers }) as Reply;
}

/** A domain error's answer (docs/spec/v1.md#21-domain-errors-and-500). */
export const failure = (status: number, type: string, message: string) => ({
  status,
  body: {
    error_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    status_code: status,
    error_type: type,
    message,
    detail: message,
    timestamp: expect.stringMatching(/Z$/) as string,
    path: expect.any(String) as string,
  },
});

/** A validation error's answer: where, and of which type (docs/spec/v1.md#22-validation-422). */
export const invalid = (...problems: [type: string, ...loc: (string | number)[]][]) => ({
  status: 422,
  body: { detail: problems.map(([type, ...loc]) => expect.objectContaining({ type, loc }) as object) },
});

export const OK = { status: 200, body: { ok: true } };

/** Lets others read an item, as the sharing routes will. */
export async function share(
  planning: Planning,
  type: 'schedule' | 'todo',
  { id, owner_id: ownerId }: Body & { readonly id: string },
  level: string,
): Promise<void> {
  await planning.dataSource.query(
    `INSERT INTO visibility_settings (id, resource_type, resource_id, owner_id, level, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, now(), now())`,
    [type, id, ownerId, level],
  );
}

export async function befriend(planning: Planning, one: Person, other: Person): Promise<void> {
  await planning.dataSource.query(
    `INSERT INTO friendships (id, requester_id, addressee_id, status, accepted_at, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, $2, 'accepted', now(), now(), now())`,
    [one.id, other.id],
  );
}

interface Links {
  readonly scheduleId?: string;
  readonly todoId?: string;
  readonly tagIds?: string[];
}

/** A running timer that is planned with these. */
export async function startLinkedTimer(planning: Planning, owner: Person, links: Links): Promise<string> {
  const timer = startTimer(
    {
      id: uuidv7(),
      userId: owner.id,
      roomId: null,
      origin: 'v1',
      sessionType: null,
      title: null,
      description: null,
      allocatedDuration: 1_500,
      scheduleId: links.scheduleId ?? null,
      todoId: links.todoId ?? null,
      tagIds: links.tagIds ?? [],
    },
    Math.ceil(planning.clock.now() / 1_000),
  );
  await planning.app.get(Transactions).run(async (transaction) => {
    await planning.app.get(TimerStore).within(transaction).start(timer, owner.id);
  });
  return timer.id;
}

export async function timerRow(planning: Planning, id: string) {
  const [row] = await planning.dataSource.query<Record<string, unknown>[]>(
    `SELECT schedule_id, todo_id, tag_ids, revision FROM timers WHERE id = $1`,
    [id],
  );
  return row;
}

/** How many statements about what is planned a piece of work sends. */
export async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const spy = jest.spyOn(Client.prototype, 'query');
  try {
    await work();
    const texts = spy.mock.calls.map(([query]) =>
      typeof query === 'string' ? query : (query as { text: string }).text,
    );
    return texts.filter((text) => /schedules|schedule_exceptions|todos|tags|tag_groups|visibility_settings/.test(text))
      .length;
  } finally {
    spy.mockRestore();
  }
}
