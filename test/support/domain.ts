import type { TestingModuleBuilder } from '@nestjs/testing';
import { v7 as uuidv7 } from 'uuid';

import { type Transaction, Transactions } from '../../src/database/transactions.js';
import { ChangeFeed } from '../../src/timer-domain/log/change-feed.js';
import type { TimerChange } from '../../src/timer-domain/records/timer-change.js';
import { Clock } from '../../src/timer-domain/clock/clock.js';
import { RoomTimers } from '../../src/timer-domain/rooms/room-timers.js';
import { type NewTimer, startTimer, type Timer } from '../../src/timer-domain/rules/timer.js';
import { TimerStore } from '../../src/timer-domain/writer/timer-store.js';
import { Ticker } from '../../src/timer-domain/completions/ticker.js';
import { TimerDomain } from '../../src/timer-domain/timer-domain.js';
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
  readonly domain: TimerDomain;
  readonly store: TimerStore;
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
  const store = app.app.get(TimerStore);
  const told: TimerChange[] = [];
  app.app.get(ChangeFeed).subscribe((change) => told.push(change));
  return {
    ...app,
    domain: app.app.get(TimerDomain),
    store,
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
