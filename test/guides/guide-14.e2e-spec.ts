import { type Domain, HandClock, startDomain } from '../support/domain.js';
import {
  describeGuide,
  filledIn,
  type HttpAnswer,
  membersOf,
  type Page,
  parseAsMeant,
  runInPage,
  sampleOf,
  sendPrinted,
  type Table,
} from './guide.js';

/** When the guide's sample was taken. */
const THEN = Date.parse('2024-01-15T10:00:00Z');
const NOBODY = '00000000-0000-7000-8000-000000000000';

type Item = Record<string, unknown> & { readonly id: string };

describeGuide('timer-guide-2026-01-14.md', 'the guide of 2026-01-14, without a token (AUTH_MODE=open)', (samples) => {
  let server: Domain;
  /** What the guide takes for granted: a schedule and a todo that know nothing of each other, and a tag. */
  let schedule: Item;
  let todo: Item;
  let tag: Item;
  /** The timer of the guide's first sample. */
  let timer: Item;

  beforeAll(async () => {
    server = await startDomain({
      env: { AUTH_MODE: 'open', RATE_LIMIT_ENABLED: 'false' },
      clock: new HandClock(THEN),
    });
    const group = await make('/v1/tags/groups', { name: 'g', color: '#abc' });
    tag = await make('/v1/tags', { name: 'x', color: '#fff', group_id: group.id });
    const [start_time, end_time] = ['2024-01-15T10:00:00Z', '2024-01-15T11:00:00Z'];
    schedule = await make('/v1/schedules', { title: '회의', start_time, end_time, tag_ids: [tag.id] });
    todo = await make('/v1/todos', { title: '할 일', tag_group_id: group.id });
  });
  afterAll(() => server.close());

  const call = async (method: string, path: string, body?: unknown): Promise<HttpAnswer> => {
    const headers = { 'Content-Type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(server.url + path, { method, ...sent });
    return { status: response.status, body: await response.json() };
  };
  const make = async (path: string, body: unknown): Promise<Item> => {
    const made = await call('POST', path, body);
    expect(made.status).toBe(201);
    return made.body as Item;
  };
  const later = (seconds: number) => {
    server.clock.ms += seconds * 1_000;
  };
  const send = (heading: string, table: Table = []) =>
    sendPrinted(server.url, filledIn(sampleOf(samples, heading, '/v1/'), table));
  const page = (): Page => ({ origin: server.url, names: { scheduleId: schedule.id, todoId: todo.id } });
  const run = (heading: string, table: Table = []) => runInPage(filledIn(sampleOf(samples, heading), table), page());

  it('has these samples, in this order', () => {
    expect(samples.filter(({ language }) => language !== '').map(({ heading }) => heading)).toEqual([
      ...['Timer', 'TimerCreate', '타이머 생성 및 시작', '타이머 생성 및 시작', '타이머 조회', '타이머 업데이트'],
      ...['타이머 일시정지', '타이머 재개', '타이머 종료', '타이머 삭제'],
      ...['Schedule의 모든 타이머 조회', 'Schedule의 활성 타이머 조회'],
      ...['Todo의 모든 타이머 조회', 'Todo의 활성 타이머 조회'],
      ...['1. Schedule에서 타이머 생성', '2. Todo에서 타이머 생성', '3. Schedule과 Todo 모두에 연결'],
      ...['4. 독립 타이머 생성', 'TypeScript 타입 정의', '전체 워크플로우 예시', 'React Hook 예시'],
      ...['1. schedule_id, todo_id 모두 Optional', '2. 존재하지 않는 ID 사용 시 에러'],
      ...['3. allocated_duration은 양수 필수', '4. 태그 상속 모드', '5. 날짜/시간 형식'],
    ]);
  });

  it('creates and starts a timer, and answers with the sample', async () => {
    const table: Table = [
      ['uuid-or-null', schedule.id],
      ['"uuid-or-null"', 'null'],
      ['tag-uuid-1', tag.id],
    ];
    const request = filledIn(sampleOf(samples, '타이머 생성 및 시작', 'POST'), table);
    const { status, body } = await sendPrinted(server.url, request);
    timer = body as Item;
    const printed = filledIn(sampleOf(samples, '타이머 생성 및 시작', 'elapsed_time'), [
      ['timer-uuid', timer.id],
      ['schedule-uuid', schedule.id],
    ]);
    const expected = parseAsMeant(printed) as Item;
    expect({ status, body }).toEqual({
      status: 201,
      body: { ...expected, ...ADDED(timer), running_since: expected['started_at'] },
    });
  });

  /** docs/spec/v1.md#51-timer-object: keys that guide 14 has not. */
  const ADDED = ({ owner_id, pause_history }: Item) => ({
    owner_id,
    pause_history,
    is_shared: false,
    revision: 1,
    origin: 'v1',
    visibility_level: null,
  });

  it.each([
    ['Timer', ''],
    ['TimerCreate', ''],
    ['TypeScript 타입 정의', ''],
  ])('%s: its types are what is sent', (heading) => {
    const { code } = sampleOf(samples, heading);
    for (const { key, optional, type } of membersOf(code.replaceAll('export ', ''), 'Timer')) {
      expect(Object.keys(timer)).toContain(key);
      const value = timer[key];
      const expected = type === 'TimerStatus' ? 'string' : type === 'Tag[]' ? 'object' : type;
      if (!(optional && value === null)) expect([key, typeof value]).toEqual([key, expected]);
    }
    const sent = membersOf(code.replaceAll('export ', ''), 'TimerCreate').map(({ key }) => key);
    const all = ['schedule_id', 'todo_id', 'title', 'description', 'allocated_duration', 'tag_ids'];
    if (sent.length > 0) expect(sent).toEqual(all);
  });

  it('reads, edits, pauses, resumes, stops and deletes it', async () => {
    const id: Table = [['{timer_id}', timer.id]];
    later(60);
    expect(await send('타이머 조회', id)).toEqual({ status: 200, body: { ...timer, elapsed_time: 60 } });
    const edited = { ...timer, title: '업데이트된 제목', description: '업데이트된 설명' };
    expect(await send('타이머 업데이트', id)).toMatchObject({ status: 200, body: { ...edited, ...changed(60, 2) } });
    later(60);
    expect(await send('타이머 일시정지', id)).toMatchObject({
      status: 200,
      body: { status: 'PAUSED', ...changed(120, 3) },
    });
    later(60);
    expect(await send('타이머 재개', id)).toMatchObject({
      status: 200,
      body: { status: 'RUNNING', ...changed(120, 4) },
    });
    later(60);
    expect(await send('타이머 종료', id)).toMatchObject({
      status: 200,
      body: { status: 'COMPLETED', ...changed(180, 5) },
    });
    expect(await send('타이머 삭제', id)).toEqual({ status: 200, body: { ok: true } });
    expect(await send('타이머 조회', id)).toMatchObject({ status: 404, body: { detail: 'Timer not found' } });
  });

  const changed = (elapsed_time: number, revision: number) => ({
    elapsed_time,
    revision,
    updated_at: new Date(server.clock.ms).toISOString().replace('.000', ''),
  });

  it.each([
    ['Schedule', '{schedule_id}', () => schedule],
    ['Todo', '{todo_id}', () => todo],
  ] as const)('lists the timers of a %s, and says 404 when none is active', async (kind, printed, item) => {
    const link = `${kind.toLowerCase()}_id`;
    const id: Table = [[printed, item().id]];
    expect(await send(`${kind}의 활성 타이머 조회`, id)).toMatchObject({ status: 404 });
    const linked = await make('/v1/timers', { [link]: item().id, allocated_duration: 60 });
    expect(await send(`${kind}의 모든 타이머 조회`, id)).toEqual({ status: 200, body: [linked] });
    expect(await send(`${kind}의 활성 타이머 조회`, id)).toEqual({ status: 200, body: linked });
    expect(await call('DELETE', `/v1/timers/${linked.id}`)).toMatchObject({ status: 200 });
  });

  it('takes the query parameters of its tables', async () => {
    const made = await make('/v1/timers?include_schedule=true&include_todo=true&timezone=Asia/Seoul', {
      ...{ schedule_id: schedule.id, todo_id: todo.id, allocated_duration: 60 },
    });
    expect(made['started_at']).toMatch(/\+09:00$/);
    expect([made['schedule'], made['todo']]).toMatchObject([{ id: schedule.id }, { id: todo.id }]);
    const listed = await call('GET', `/v1/todos/${todo.id}/timers?include_todo=true&timezone=Asia/Seoul`);
    expect(listed).toMatchObject({ status: 200, body: [{ id: made.id, todo: { id: todo.id }, schedule: null }] });
    await call('DELETE', `/v1/timers/${made.id}`);
  });

  it.each([
    ['1. Schedule에서 타이머 생성', () => [[schedule.id], [null]]],
    ['2. Todo에서 타이머 생성', () => [[null], [todo.id]]],
    ['3. Schedule과 Todo 모두에 연결', () => [[schedule.id], [todo.id]]],
    ['4. 독립 타이머 생성', () => [[null], [null]]],
  ])('%s: logs what its comments say', async (heading, expected) => {
    expect(await run(heading)).toEqual(expected());
  });

  it('전체 워크플로우 예시: start, pause, resume, stop', async () => {
    expect(await run('전체 워크플로우 예시')).toEqual([
      ['타이머 시작:', 'RUNNING'],
      ['일시정지:', 'PAUSED'],
      ['경과 시간:', 0],
      ['재개:', 'RUNNING'],
      ['종료:', 'COMPLETED'],
      ['총 경과 시간:', 0],
    ]);
  });

  /** The object literals of a sample, one a line, as a page reads them. */
  const bodiesOf = (heading: string, table: Table = []): unknown[] =>
    filledIn(sampleOf(samples, heading), table)
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line.replace(/ *\/\/.*$/, '').replaceAll(/(\w+):/g, '"$1":')) as unknown);

  it('1. schedule_id, todo_id 모두 Optional: all four are taken', async () => {
    const table: Table = [schedule.id, todo.id, schedule.id, todo.id].map((id) => ['...', id]);
    const bodies = bodiesOf('1. schedule_id, todo_id 모두 Optional', table);
    expect(bodies).toHaveLength(4);
    for (const body of bodies) expect(await call('POST', '/v1/timers', body)).toMatchObject({ status: 201, body });
  });

  it('2. 존재하지 않는 ID 사용 시 에러: 404, in lower case (docs/spec/v1.md#13-differences-from-the-guides)', async () => {
    const { code } = sampleOf(samples, '2. 존재하지 않는 ID 사용 시 에러');
    const said = [...code.matchAll(/존재하지 않는 (\w+): (\d+) (.*)/g)];
    expect(said).toHaveLength(2);
    for (const [, key = '', status, text = ''] of said) {
      const answer = await call('POST', '/v1/timers', { [key]: NOBODY, allocated_duration: 60 });
      const detail = text.charAt(0) + text.slice(1).toLowerCase();
      expect(answer).toMatchObject({ status: Number(status), body: { detail, message: detail } });
    }
  });

  it('3. allocated_duration은 양수 필수: twice 422, then 201', async () => {
    const answers = [];
    for (const body of bodiesOf('3. allocated_duration은 양수 필수'))
      answers.push(await call('POST', '/v1/timers', body));
    const type = 'greater_than';
    expect(answers).toMatchObject([
      {
        status: 422,
        body: { detail: [{ type, loc: ['body', 'allocated_duration'], msg: 'Input should be greater than 0' }] },
      },
      {
        status: 422,
        body: { detail: [{ type, loc: ['body', 'allocated_duration'], msg: 'Input should be greater than 0' }] },
      },
      { status: 201, body: { allocated_duration: 60 } },
    ]);
  });

  it('4. 태그 상속 모드: the timer’s tags and the schedule’s', async () => {
    const other = await make('/v1/tags', { name: 'a', color: '#fff', group_id: tag['group_id'] });
    const linked = await make('/v1/timers', { schedule_id: schedule.id, tag_ids: [other.id], allocated_duration: 60 });
    const code = filledIn(sampleOf(samples, '4. 태그 상속 모드'), [['uuid', linked.id]]);
    const logged = await runInPage(`${code}\nconsole.log(await response.json());`, page());
    expect(logged).toEqual([[{ ...linked, tags: [other, tag] }]]);
    const tagsIn = async (mode: string) =>
      ((await call('GET', `/v1/timers/${linked.id}?tag_include_mode=${mode}`)).body as Item)['tags'];
    expect([await tagsIn('none'), await tagsIn('timer_only')]).toEqual([[], [other]]);
  });

  it('5. 날짜/시간 형식: both are the same instant', async () => {
    const times = [...sampleOf(samples, '5. 날짜/시간 형식').code.matchAll(/"(.*?)"/g)].map(([, text]) => text);
    expect(times).toHaveLength(2);
    for (const start_time of times) {
      const made = await make('/v1/schedules', { title: 't', start_time, end_time: '2024-01-20T10:00:01Z' });
      expect(made['start_time']).toBe('2024-01-20T10:00:00Z');
    }
  });
});
