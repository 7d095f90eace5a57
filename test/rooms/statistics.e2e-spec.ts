import { hangUpAll } from '../support/sockets.js';
import { HandClock } from '../support/domain.js';
import { failure, type House, isoSecond, seen, startHouse, success, type TestRoom } from '../support/rooms.js';

/** How much a room has worked (docs/spec/rooms.md#statistics), over the edges of days, weeks and months. */

/** A Thursday, three days before two months and two weeks begin. */
const BEGINNING = Date.parse('2026-02-26T00:00:00Z') / 1_000;

let house: House;

beforeAll(async () => {
  house = await startHouse({ clock: new HandClock(BEGINNING * 1_000) });
});
afterEach(() => hangUpAll());
afterAll(() => house.close());

const statistics = (room: TestRoom, query = '') => room.call('GET', `/statistics${query}`).then(seen);

const shown = (completed: number, seconds: number, average: number, rate: number, period = 'today') =>
  success({
    period,
    completed_sessions: completed,
    total_focus_time_seconds: seconds,
    average_session_duration: average,
    completion_rate: rate,
  });

/** A session that ends after so many seconds: at its target, or broken off there. */
async function session(
  room: TestRoom,
  seconds: number,
  ends: 'completed' | 'interrupted' = 'completed',
): Promise<void> {
  await room.timer('start');
  await house.later(seconds);
  if (ends === 'interrupted') await room.timer('reset');
  else await house.tick();
}

describe('what counts', () => {
  it('nothing yet', async () => {
    const room = await house.create();
    expect(await statistics(room)).toEqual(shown(0, 0, 0, 0));
    await room.timer('start');
    await house.later(700);
    expect(await statistics(room)).toEqual(shown(0, 0, 0, 0));
    await room.timer('pause');
    expect(await statistics(room)).toEqual(shown(0, 0, 0, 0));
  });

  it('completed and interrupted work, not breaks and not the live session', async () => {
    const room = await house.create({ work_duration_minutes: 1, break_duration_minutes: 1 });
    await session(room, 60);
    await house.later(60);
    await house.tick();
    expect(await statistics(room)).toEqual(shown(1, 60, 60, 1));
    await session(room, 10, 'interrupted');
    expect(await statistics(room)).toEqual(shown(1, 60, 60, 0.5));
    await session(room, 60);
    await room.timer('pause');
    await room.timer('start');
    expect(await statistics(room)).toEqual(shown(2, 120, 60, 0.67));
    await house.later(50);
    await room.timer('pause');
    await room.timer('start', { body: { session_type: 'break' } });
    expect(await statistics(room)).toEqual(shown(2, 120, 60, 0.5));
  });

  it('a target that has passed counts before the ticker has come to it, once', async () => {
    const room = await house.create({ work_duration_minutes: 1, break_duration_minutes: 1 });
    await room.timer('start');
    house.clock.ms += 59_999;
    expect(await statistics(room)).toEqual(shown(0, 0, 0, 0));
    house.clock.ms += 1;
    expect(await statistics(room)).toEqual(shown(1, 60, 60, 1));
    await house.later(100);
    expect(await statistics(room)).toEqual(shown(1, 60, 60, 1));
    await house.tick();
    expect(await statistics(room)).toEqual(shown(1, 60, 60, 1));
  });

  it('an average is rounded down, and a paused session counts its duration, not its time on the clock', async () => {
    const room = await house.create({ work_duration_minutes: 1, auto_start_break: false });
    for (let turn = 0; turn < 6; turn += 1) await session(room, 60);
    await room.call('PATCH', '', { ...room.asHost, body: { work_duration_minutes: 2 } });
    await room.timer('start');
    await house.later(30);
    await room.timer('pause');
    await house.later(500);
    await room.timer('resume');
    await house.later(90);
    await house.tick();
    expect(await statistics(room)).toEqual(shown(7, 480, 68, 1));
  });

  it('one room knows nothing of another', async () => {
    const [one, other] = [await house.create({ work_duration_minutes: 1 }), await house.create()];
    await session(one, 60);
    expect(await statistics(other)).toEqual(shown(0, 0, 0, 0));
  });
});

describe('refused', () => {
  it.each(['year', 'Today', '', '1'])('a period of %j', async (period) => {
    const room = await house.create();
    const msg = `Input should be 'today', 'week' or 'month'`;
    expect(await statistics(room, `?period=${period}`)).toEqual(
      failure(422, 'VALIDATION_ERROR', 'Invalid input data', [{ loc: ['query', 'period'], msg, type: 'enum' }]),
    );
  });

  it.each(['Mars/Olympus', 'Seoul', '%2B25:00', "'; DROP TABLE rooms; --"])('a time zone of %j', async (zone) => {
    const room = await house.create();
    expect(await statistics(room, `?timezone=${zone}`)).toEqual(
      failure(422, 'VALIDATION_ERROR', 'Invalid input data', [
        { loc: ['query', 'timezone'], msg: expect.any(String) as string, type: expect.any(String) as string },
      ]),
    );
  });
});

const ZONES = ['UTC', 'Asia/Seoul', 'America/New_York'] as const;
const PERIODS = ['today', 'week', 'month'] as const;

/** Reckoned anew, with another library than the server's. */
const dates = new Map(
  ZONES.map((zone) => [zone, new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' })]),
);
const dateIn = (zone: (typeof ZONES)[number], at: number): string => dates.get(zone)?.format(at * 1_000) ?? '';

/** What a period is called: two instants of the same name lie in the same one. */
const PERIOD_OF: Record<(typeof PERIODS)[number], (date: string) => string> = {
  today: (date) => date,
  month: (date) => date.slice(0, 7),
  week: (date) => String(Math.floor((Date.parse(date) / 86_400_000 + 3) / 7)),
};

/** Midnights at which a day, a week or a month begins somewhere. */
const EDGES = [
  '2026-02-28T15:00:00Z', // 1 March in Seoul
  '2026-03-01T00:00:00Z', // 1 March in UTC
  '2026-03-01T05:00:00Z', // 1 March in New York
  '2026-03-01T15:00:00Z', // Monday in Seoul
  '2026-03-02T00:00:00Z', // Monday in UTC
  '2026-03-02T05:00:00Z', // Monday in New York
  '2026-03-08T05:00:00Z', // the day of 23 hours in New York
  '2026-03-09T04:00:00Z', // the day after it, a Monday
].map((text) => Date.parse(text) / 1_000);

it('over midnight, Monday and the first of the month, in three time zones', async () => {
  const room = await house.create({ work_duration_minutes: 1, auto_start_break: false });
  const ended: { at: number; completed: boolean }[] = [];
  const goTo = (at: number) => house.later(at - house.clock.ms / 1_000);
  const end = async (at: number, completed: boolean) => {
    await goTo(at - (completed ? 60 : 1));
    await session(room, completed ? 60 : 1, completed ? 'completed' : 'interrupted');
    ended.push({ at, completed });
  };
  const expected = (period: (typeof PERIODS)[number], zone: (typeof ZONES)[number]) => {
    const now = house.clock.ms / 1_000;
    const nameOf = (at: number) => PERIOD_OF[period](dateIn(zone, at));
    const inside = ended.filter(({ at }) => nameOf(at) === nameOf(now));
    const done = inside.filter(({ completed }) => completed).length;
    const rate = inside.length === 0 ? 0 : Math.round((done / inside.length) * 100) / 100;
    return { completed_sessions: done, total_focus_time_seconds: done * 60, completion_rate: rate };
  };
  const answers = new Set<string>();
  const check = async () => {
    for (const zone of ZONES) {
      for (const period of PERIODS) {
        const { body } = await statistics(room, `?period=${period}&timezone=${zone}`);
        const { data } = body as { data: object };
        const when = `${isoSecond(house.clock.ms / 1_000)} ${zone} ${period}`;
        expect({ when, ...data }).toMatchObject({ when, ...expected(period, zone) });
        answers.add(JSON.stringify(data));
      }
    }
  };
  for (const edge of EDGES) {
    await end(edge - 1, true);
    await check();
    // A session over the edge belongs to where it ends, and one that ends at midnight to the new day.
    await end(edge, false);
    await check();
    await end(edge + 59 + 1, true);
    await check();
  }
  expect(answers.size).toBeGreaterThan(15);
}, 60_000);
