import { occurrenceId } from '../../src/v1/schedules/recurrence/occurrence-id.js';
import {
  failure,
  invalid,
  OK,
  type Person,
  type Planning,
  putBack,
  startLinkedTimer,
  startPlanning,
  timerRow,
  UNKNOWN_ID,
} from '../support/planning.js';

let planning: Planning;
let ada: Person;
let eve: Person;

beforeAll(async () => {
  planning = await startPlanning();
});
afterAll(() => planning.close());
beforeEach(async () => {
  putBack(planning);
  [ada, eve] = [await planning.signUp(), await planning.signUp()];
});

type Item = Record<string, unknown> & { readonly id: string };

const BASE = { title: 's', start_time: '2026-03-03T09:00:00Z', end_time: '2026-03-03T10:00:00Z' };
const DAILY = { ...BASE, recurrence_rule: 'FREQ=DAILY' };
const add = (own: Record<string, unknown> = {}, person = ada) => person.make('/v1/schedules', { ...BASE, ...own });
const addGroup = (person = ada) => person.make('/v1/tags/groups', { name: 'g', color: '#abc' });
const addTag = async (name: string, person = ada) => {
  const { id } = await addGroup(person);
  return person.make('/v1/tags', { name, color: '#fff', group_id: id });
};
const list = async (query = '', person = ada) => {
  const reply = await person.get(`/v1/schedules?start_date=2026-03-01&end_date=2026-03-08${query}`);
  expect(reply.status).toBe(200);
  return reply.body as Item[];
};
const starts = (items: Item[]) => items.map(({ start_time: start }) => start);
const titles = (items: Item[]) => items.map(({ title }) => title);
const notFound = failure(404, 'ScheduleNotFoundError', 'Schedule not found');
const badTime = failure(400, 'InvalidScheduleTimeError', 'Invalid schedule time: end_time must be after start_time');
const badRule = failure(400, 'InvalidRecurrenceRuleError', 'Invalid recurrence rule: RRULE format is invalid');

describe('one occurrence', () => {
  let master: Item;
  let path: string;
  beforeEach(async () => {
    master = await add({ ...DAILY, description: 'd', recurrence_end: '2026-03-05T09:00:00Z' });
    path = `/v1/schedules/${master.id}`;
  });
  const at = (time: string) => `${path}?instance_start=${time}`;
  const occurrence = (original: string, own: Record<string, unknown>) => ({
    ...master,
    id: occurrenceId(master.id, Date.parse(original) / 1_000),
    start_time: original,
    end_time: original.replace('T09', 'T10'),
    recurrence_rule: null,
    recurrence_end: null,
    parent_id: master.id,
    ...own,
  });
  const FOURTH = '2026-03-04T09:00:00Z';

  it('is changed by itself; changes merge, and what is cleared is the master’s again', async () => {
    const tag = await addTag('x');
    const ignored = { state: 'CANCELLED', recurrence_rule: 'x', source_todo_id: UNKNOWN_ID, recurrence_end: null };
    const titled = occurrence(FOURTH, { title: 'own' });
    expect(await ada.patch(at(FOURTH), { title: 'own', ...ignored })).toEqual({ status: 200, body: titled });
    const whole = { ...titled, description: 'e', tags: [tag] };
    expect(await ada.patch(at('2026-03-04T09:01:00Z'), { description: 'e', tag_ids: [tag.id] })).toEqual({
      status: 200,
      body: whole,
    });
    expect((await list())[1]).toEqual(whole);
    const within = '/v1/schedules?start_date=2026-03-04T09:30:00Z&end_date=2026-03-04T09:40:00Z';
    expect(await ada.get(within)).toEqual({ status: 200, body: [whole] });
    expect(await ada.patch(at(FOURTH), {})).toEqual({ status: 200, body: whole });
    const nulls = { title: null, description: null, start_time: null, end_time: null, tag_ids: null };
    expect(await ada.patch(at(FOURTH), nulls)).toEqual({ status: 200, body: occurrence(FOURTH, {}) });
    await ada.patch(at(FOURTH), { title: 'own' });
    expect(await ada.patch(at(FOURTH), { title: '' })).toEqual({ status: 200, body: occurrence(FOURTH, {}) });
    expect(await ada.get(path)).toEqual({ status: 200, body: master });
  });

  it('moves with its duration, and is found by where it was and where it is', async () => {
    const moved = occurrence(FOURTH, { start_time: '2026-03-07T09:00:00Z', end_time: '2026-03-07T10:00:00Z' });
    expect(await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' })).toEqual({ status: 200, body: moved });
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', '2026-03-05T09:00:00Z', '2026-03-07T09:00:00Z']);
    expect(await ada.get('/v1/schedules?start_date=2026-03-07&end_date=2026-03-08')).toEqual({
      status: 200,
      body: [moved],
    });
    expect(await ada.get('/v1/schedules?start_date=2026-03-04&end_date=2026-03-04T23:00:00')).toEqual({
      status: 200,
      body: [],
    });
    expect(await ada.patch(at('2026-03-07T08:59:00Z'), { end_time: '2026-03-07T11:00:00Z' })).toEqual({
      status: 200,
      body: { ...moved, end_time: '2026-03-07T11:00:00Z' },
    });
    expect(await ada.patch(at(FOURTH), { start_time: '2026-03-07T12:00:00Z' })).toEqual({
      status: 200,
      body: { ...moved, start_time: '2026-03-07T12:00:00Z', end_time: '2026-03-07T14:00:00Z' },
    });
  });

  it('never ends before it starts', async () => {
    for (const times of [
      { start_time: '2026-03-04T11:00:00Z', end_time: '2026-03-04T11:00:00Z' },
      { end_time: '2026-03-04T08:00:00Z' },
    ]) {
      expect(await ada.patch(at(FOURTH), times)).toEqual(badTime);
    }
    expect(await list()).toHaveLength(3);
  });

  it('never ends after the year 9999', async () => {
    const end = '9999-12-30T23:59:59Z';
    expect(await ada.patch(at(FOURTH), { start_time: '9999-12-31T23:30:00Z' })).toMatchObject({
      status: 200,
      body: { start_time: end, end_time: end },
    });
    await ada.patch(at(FOURTH), { start_time: FOURTH, end_time: '2026-03-04T10:00:00Z' });
    expect(await ada.patch(at(FOURTH), { start_time: '9999-12-30T23:30:00Z' })).toMatchObject({
      body: { start_time: '9999-12-30T23:30:00Z', end_time: '9999-12-30T23:59:59Z' },
    });
    await ada.patch(at(FOURTH), { start_time: FOURTH });
    const last = { start_time: '9999-12-30T12:00:00Z', end_time: '9999-12-30T23:00:00Z' };
    await add({ ...last, recurrence_rule: 'FREQ=DAILY' });
    await add({ start_time: '9999-12-30T12:00:00Z', end_time: '9999-12-31T13:00:00Z', recurrence_rule: 'FREQ=DAILY' });
    const { body } = await ada.get('/v1/schedules?start_date=9999-12-30&end_date=9999-12-31T23:59:59');
    expect(starts(body)).toEqual(['9999-12-30T12:00:00Z', '9999-12-30T12:00:00Z']);
  });

  it('must exist, of an own master', async () => {
    for (const time of ['2026-03-04T09:01:01Z', '2026-03-04T08:58:59Z', '2026-03-06T09:00:00Z']) {
      expect(await ada.patch(at(time), { title: 'x' })).toEqual(notFound);
      expect(await ada.delete(at(time))).toEqual(notFound);
    }
    expect(await eve.patch(at(FOURTH), { title: 'x' })).toEqual(notFound);
    expect(await eve.delete(at(FOURTH))).toEqual(notFound);
    expect(await ada.patch(at('x'), {})).toEqual(invalid(['datetime_from_date_parsing', 'query', 'instance_start']));
    expect(await ada.patch(at(FOURTH), { tag_ids: [UNKNOWN_ID] })).toEqual(
      failure(404, 'TagNotFoundError', `Tag not found: ${UNKNOWN_ID}`),
    );
    const plain = await add();
    const recurring = failure(400, 'RecurringScheduleError', 'This schedule is not a recurring schedule');
    const instance = `/v1/schedules/${plain.id}?instance_start=${BASE.start_time}`;
    expect(await ada.patch(instance, { title: 'x' })).toEqual(recurring);
    expect(await ada.delete(instance)).toEqual(recurring);
    const rows: unknown = await planning.dataSource.query(`SELECT FROM schedule_exceptions WHERE master_id = $1`, [
      master.id,
    ]);
    expect(rows).toEqual([]);
  });

  it('is deleted, and revived with what was its own', async () => {
    await ada.patch(at(FOURTH), { title: 'own' });
    expect(await ada.delete(at(FOURTH))).toEqual(OK);
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', '2026-03-05T09:00:00Z']);
    const revived = occurrence(FOURTH, { title: 'own', description: 'e' });
    expect(await ada.patch(at(FOURTH), { description: 'e' })).toEqual({ status: 200, body: revived });
    expect((await list())[1]).toEqual(revived);
  });

  it('is the one that is there, when another once was', async () => {
    await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' });
    await ada.patch(at('2026-03-03T09:00:00Z'), { start_time: FOURTH });
    expect(await ada.patch(at(FOURTH), { title: 'x' })).toMatchObject({
      body: { id: occurrence('2026-03-03T09:00:00Z', {}).id, title: 'x' },
    });
    await ada.delete(at(FOURTH));
    expect(starts(await list())).toEqual(['2026-03-05T09:00:00Z', '2026-03-07T09:00:00Z']);
  });

  it('takes its master along when it was the last of a series that ends', async () => {
    const timer = await startLinkedTimer(planning, ada, { scheduleId: master.id });
    for (const day of [5, 3]) await ada.delete(at(`2026-03-0${day}T09:00:00Z`));
    await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' });
    expect(await ada.get(path)).toMatchObject({ status: 200 });
    expect(await ada.delete(at('2026-03-07T09:00:00Z'))).toEqual(OK);
    expect(await ada.get(path)).toEqual(notFound);
    expect(await timerRow(planning, timer)).toMatchObject({ schedule_id: null, revision: 2 });
  });

  it.each(['COUNT=2', 'UNTIL=20260304T090000Z', 'UNTIL=20260305', 'COUNT=9;UNTIL=20260304T090000Z'])(
    'takes its master along when it was the last under %s',
    async (bound) => {
      const { id } = await add({ ...DAILY, recurrence_rule: `FREQ=DAILY;${bound}` });
      const occurrenceAt = (time: string) => `/v1/schedules/${id}?instance_start=${time}`;
      expect(await ada.delete(occurrenceAt(FOURTH))).toEqual(OK);
      expect(await ada.get(`/v1/schedules/${id}`)).toMatchObject({ status: 200 });
      expect(await ada.delete(occurrenceAt(BASE.start_time))).toEqual(OK);
      expect(await ada.get(`/v1/schedules/${id}`)).toEqual(notFound);
    },
  );

  it('leaves a master without an end, however many are deleted', async () => {
    const { id } = await add({ ...DAILY });
    for (const day of [3, 4, 5]) await ada.delete(`/v1/schedules/${id}?instance_start=2026-03-0${day}T09:00:00Z`);
    expect(await ada.get(`/v1/schedules/${id}`)).toMatchObject({ status: 200 });
  });

  describe('moves along with its master', () => {
    const later = { start_time: '2026-03-03T09:15:00Z', end_time: '2026-03-03T10:15:00Z' };
    const times = (items: Item[]) => items.map(({ start_time: start, end_time: end }) => [start, end]);

    it('deleted, moved and renamed ones alike', async () => {
      const endless = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;COUNT=5', title: 'moving' });
      const of = (time: string) => `/v1/schedules/${endless.id}?instance_start=${time}`;
      await ada.delete(of('2026-03-04T09:00:00Z'));
      await ada.patch(of('2026-03-05T09:00:00Z'), { start_time: '2026-03-05T15:00:00Z' });
      await ada.patch(of('2026-03-06T09:00:00Z'), { title: 'own' });
      await ada.delete(path);
      expect((await ada.patch(`/v1/schedules/${endless.id}`, later)).status).toBe(200);
      const moved = await list();
      expect(times(moved)).toEqual([
        ['2026-03-03T09:15:00Z', '2026-03-03T10:15:00Z'],
        ['2026-03-05T15:15:00Z', '2026-03-05T16:15:00Z'],
        ['2026-03-06T09:15:00Z', '2026-03-06T10:15:00Z'],
        ['2026-03-07T09:15:00Z', '2026-03-07T10:15:00Z'],
      ]);
      expect(titles(moved)).toEqual(['moving', 'moving', 'own', 'moving']);
      expect(await ada.patch(of('2026-03-04T09:15:00Z'), { title: 'back' })).toMatchObject({ status: 200 });
    });

    it('by a whole period, onto each other’s place', async () => {
      await ada.patch(path, { recurrence_end: '2026-03-07T09:00:00Z' });
      await ada.delete(at('2026-03-04T09:00:00Z'));
      await ada.patch(at('2026-03-05T09:00:00Z'), { title: 'own' });
      await ada.patch(path, { start_time: '2026-03-04T09:00:00Z', end_time: '2026-03-04T10:00:00Z' });
      expect(starts(await list())).toEqual(['2026-03-04T09:00:00Z', '2026-03-06T09:00:00Z', '2026-03-07T09:00:00Z']);
      expect(titles(await list())).toEqual(['s', 'own', 's']);
    });

    it('and goes where the rule has it no more', async () => {
      await ada.delete(at(FOURTH));
      await ada.patch(at('2026-03-05T09:00:00Z'), { title: 'own' });
      await ada.patch(path, { ...later, recurrence_rule: 'FREQ=DAILY;INTERVAL=2' });
      expect(starts(await list())).toEqual(['2026-03-03T09:15:00Z']);
      const rows: unknown = await planning.dataSource.query(`SELECT FROM schedule_exceptions WHERE master_id = $1`, [
        master.id,
      ]);
      expect(rows).toEqual([]);
    });

    it('when a todo’s deadline moves it', async () => {
      const group = await addGroup();
      const todo = await ada.make('/v1/todos', { title: 't', tag_group_id: group.id, deadline: BASE.start_time });
      await ada.delete(path);
      const [linked] = await list();
      const linkedPath = `/v1/schedules/${linked?.id ?? ''}`;
      await ada.patch(linkedPath, { recurrence_rule: 'FREQ=DAILY;COUNT=3' });
      await ada.delete(`${linkedPath}?instance_start=${FOURTH}`);
      expect((await ada.patch(`/v1/todos/${todo.id}`, { deadline: '2026-03-03T11:00:00Z' })).status).toBe(200);
      expect(starts(await list())).toEqual(['2026-03-03T11:00:00Z', '2026-03-05T11:00:00Z']);
    });
  });

  describe('a series without one', () => {
    it.each([
      ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', null],
      ['FREQ=DAILY;UNTIL=20260302', null],
      // The first second of the day (docs/spec/v1.md#63-recurrence).
      ['FREQ=DAILY;UNTIL=20260303', null],
      ['FREQ=WEEKLY;BYDAY=MO', '2026-03-08T00:00:00Z'],
      ['FREQ=WEEKLY;BYDAY=MO;COUNT=3;UNTIL=20260308', null],
    ])('%s until %s is refused', async (rule, end) => {
      const body = { ...BASE, recurrence_rule: rule, recurrence_end: end };
      expect(await ada.post('/v1/schedules', body)).toEqual(badRule);
      const plain = await add();
      expect(await ada.patch(`/v1/schedules/${plain.id}`, { recurrence_rule: rule, recurrence_end: end })).toEqual(
        badRule,
      );
      expect(await ada.get(`/v1/schedules/${plain.id}`)).toEqual({ status: 200, body: plain });
    });

    it('cannot be made by cutting off what is not deleted, or by moving it', async () => {
      await ada.delete(at('2026-03-03T09:00:00Z'));
      expect(await ada.patch(path, { recurrence_end: '2026-03-03T09:00:00Z' })).toEqual(badRule);
      expect(await ada.patch(path, { recurrence_rule: 'FREQ=DAILY;COUNT=1' })).toEqual(badRule);
      expect(starts(await list())).toEqual([FOURTH, '2026-03-05T09:00:00Z']);
      expect(await ada.patch(path, { recurrence_rule: 'FREQ=DAILY;COUNT=2' })).toMatchObject({ status: 200 });
    });

    it('UNTIL as a date is its first second', async () => {
      await ada.delete(path);
      const { id } = await add({ ...DAILY, recurrence_rule: 'FREQ=DAILY;UNTIL=20260305' });
      expect(starts(await list())).toEqual([BASE.start_time, FOURTH]);
      expect(await ada.get(`/v1/schedules/${id}`)).toMatchObject({
        body: { recurrence_rule: 'FREQ=DAILY;UNTIL=20260305' },
      });
    });
  });

  it('is gone with its exception when the series no longer has it', async () => {
    await ada.patch(at(FOURTH), { start_time: '2026-03-07T09:00:00Z' });
    await ada.patch(path, { recurrence_rule: 'FREQ=DAILY;INTERVAL=2' });
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', '2026-03-05T09:00:00Z']);
    expect(await ada.patch(at('2026-03-07T09:00:00Z'), { title: 'x' })).toEqual(notFound);
    await ada.patch(path, { recurrence_rule: null });
    await ada.patch(path, { recurrence_rule: 'FREQ=DAILY' });
    expect(starts(await list())).toEqual(['2026-03-03T09:00:00Z', FOURTH, '2026-03-05T09:00:00Z']);
  });

  it('changes with its master in what it does not have of its own', async () => {
    await ada.patch(at(FOURTH), { description: 'e' });
    await ada.patch(path, { title: 'all', description: 'all', state: 'CONFIRMED', end_time: '2026-03-03T09:30:00Z' });
    expect(await list()).toMatchObject([
      { title: 'all', description: 'all', state: 'CONFIRMED', end_time: '2026-03-03T09:30:00Z' },
      { title: 'all', description: 'e', state: 'CONFIRMED', end_time: '2026-03-04T09:30:00Z' },
      { title: 'all', description: 'all', state: 'CONFIRMED', end_time: '2026-03-05T09:30:00Z' },
    ]);
  });
});
