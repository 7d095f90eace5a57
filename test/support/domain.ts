import type { TestingModuleBuilder } from '@nestjs/testing';
import { v7 as uuidv7 } from 'uuid';

import { type Transaction, Transactions } from '../../src/database/transactions.js';
import { ChangeFeed } from '../../src/timer-domain/log/change-feed.js';
import type { TimerChange } from '../../src/timer-domain/records/timer-change.js';
import { Clock } from '../../src/timer-domain/clock/clock.js';
import { RoomTimers } from '../../src/timer-domain/rooms/room-timers.js';
import { type NewTimer, startTimer, type Timer } from '../../src/timer-domain/rules/timer.js';
import { DueSessions } from '../../src/timer-domain/completions/due-sessions.js';
import type { PreparedStatement } from '../../src/timer-domain/statements/prepared-statement.js';
import { loadTimers } from '../../src/timer-domain/statements/load-timers-statement.js';
import { TimerQueue } from '../../src/timer-domain/writer/timer-queue.js';
import { TimerStore } from '../../src/timer-domain/writer/timer-store.js';
import { Ticker } from '../../src/timer-domain/completions/ticker.js';
import { Timers } from '../../src/timer-domain/timers.js';
import { startTestApp, type TestApp, type TestAppOptions } from './app.js';

/** A clock that stands where it is put. */
export class HandClock extends Clock {
  readonly uncertaintyMs = 0;

  constructor(public ms: number) {
    super();
  }

  now(): number {
    return this.ms;
  }
}

/** An application whose clock and ticker are moved by hand. */
export interface Domain extends TestApp {
  readonly domain: Timers;
  /** What is behind the domain's doors. */
  readonly store: Pick<TimerStore, 'within'> &
    Pick<TimerQueue, 'submit' | 'onApplicationShutdown'> &
    Pick<DueSessions, 'completeDue' | 'prepareDue'> & {
      /** The timer as the database has it now. */
      load(id: string): Promise<Timer | undefined>;
    };
  readonly clock: HandClock;
  /** What the feed told, oldest first. */
  readonly told: TimerChange[];
  addUser(id?: string): Promise<string>;
  /** A timer as v1 will create it, or a session of a room, through a transaction of its own. */
  create(timer: Partial<NewTimer> & ({ userId: string } | { roomId: string })): Promise<Timer>;
  /** The rows as they are in the database, by id. */
  rows(): Promise<Record<string, unknown>[]>;
}

export const AT_NOON = Date.parse('2026-03-02T12:00:00Z');

export async function startDomain(options: TestAppOptions & { clock?: HandClock } = {}): Promise<Domain> {
  const clock = options.clock ?? new HandClock(AT_NOON);
  const byHand = (builder: TestingModuleBuilder) =>
    builder.overrideProvider(Clock).useValue(clock).overrideProvider(Ticker).useValue({});
  const app = await startTestApp({ ...options, override: byHand });
  const told: TimerChange[] = [];
  app.app.get(ChangeFeed).subscribe((change) => told.push(change));
  return {
    ...app,
    domain: app.app.get(Timers),
    store: storeOf(app),
    clock,
    told,
    addUser: async (id = uuidv7()) => {
      await app.dataSource.query('INSERT INTO users (id, email) VALUES ($1, $2)', [id, `${id}@example.com`]);
      return id;
    },
    create: (timer) => create(app, clock, timer),
    rows: () => app.dataSource.query<Record<string, unknown>[]>('SELECT * FROM timers ORDER BY id'),
  };
}

function storeOf({ app, dataSource }: TestApp): Domain['store'] {
  const [store, queue, due] = [app.get(TimerStore), app.get(TimerQueue), app.get(DueSessions)];
  const execute = ({ text, values }: PreparedStatement) => dataSource.query<unknown[]>(text, values);
  return {
    within: (transaction) => store.within(transaction),
    submit: (command) => queue.submit(command),
    completeDue: (now, limit) => due.completeDue(now, limit),
    prepareDue: (second, limit) => due.prepareDue(second, limit),
    load: async (id) => (await loadTimers(execute, [id])).get(id),
    onApplicationShutdown: () => queue.onApplicationShutdown(),
  };
}

async function create(app: TestApp, clock: HandClock, given: Partial<NewTimer>): Promise<Timer> {
  const room = given.roomId !== undefined && given.roomId !== null;
  const chosen: NewTimer = {
    id: uuidv7(),
    userId: null,
    roomId: null,
    origin: room ? 'room' : 'v1',
    sessionType: room ? 'work' : null,
    title: null,
    description: null,
    allocatedDuration: 1_500,
    ...given,
  };
  const timer = startTimer(chosen, Math.ceil(clock.now() / 1_000));
  await app.app.get(Transactions).run(async (transaction) => {
    if (chosen.roomId !== null) await addClock(app, transaction, chosen.roomId);
    await app.app
      .get(TimerStore)
      .within(transaction)
      .start(timer, given.userId ?? null);
  });
  return timer;
}

/** The clock that a room's session belongs to: nothing follows its sessions by itself. */
async function addClock(app: TestApp, transaction: Transaction, roomId: string): Promise<void> {
  const settings = { name: 'a-room', workSeconds: 1_500, breakSeconds: 300, autoStartBreak: false };
  await app.app.get(RoomTimers).add(transaction, roomId, settings);
}
