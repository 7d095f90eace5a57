import type { Browser, Page } from 'playwright-core';

import { describeGuide, filledIn, sampleOf } from '../guides/guide.js';
import { until } from '../support/server.js';
import { type Domain, startDomain } from '../support/domain.js';
import { launch, openGuidePage } from './guide-page.js';

type Item = Record<string, unknown> & { readonly id: string };

describeGuide('timer-guide-2026-01-14.md', 'the hooks of the guide of 2026-01-14 in Chromium', (samples) => {
  let server: Domain;
  let browser: Browser;
  let todo: Item;
  /** As printed, not a character changed. */
  const printed = filledIn(sampleOf(samples, 'React Hook 예시'), []);

  beforeAll(async () => {
    server = await startDomain({ env: { AUTH_MODE: 'open', RATE_LIMIT_ENABLED: 'false' } });
    browser = await launch();
  });
  beforeEach(async () => {
    const group = await make('/v1/tags/groups', { name: 'g', color: '#abc' });
    todo = await make('/v1/todos', { title: '할 일', tag_group_id: group.id });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    return (await fetch(server.url + path, { method, ...sent })).json();
  }
  const make = async (path: string, body: unknown) => (await call('POST', path, body)) as Item;
  const timers = async () => (await call('GET', `/v1/todos/${todo.id}/timers`)) as Item[];
  const later = (seconds: number) => {
    server.clock.ms += seconds * 1_000;
  };

  /** A page with one component, of the guide's or of the test's. */
  const show = (component: string, prepare?: (page: Page) => Promise<unknown>) =>
    openGuidePage(browser, {
      origin: server.url,
      code: `${printed}
        import { createRoot } from 'react-dom/client';
        createRoot(document.getElementById('root')).render(${component});`,
      ...(prepare ? { prepare } : {}),
    });
  const theComponent = (todoId: string) => `<TimerComponent todoId="${todoId}" />`;
  const textOf = (page: Page) => page.locator('#root').innerText();

  it('TimerComponent loads, offers to start, and starts when the button is clicked', async () => {
    let letThrough = () => {};
    const held = new Promise<void>((resolve) => (letThrough = resolve));
    const hold = (page: Page) =>
      page.route('**/v1/todos/**', async (route) => {
        await held;
        await route.continue();
      });
    const { page, logged, uncaught } = await show(theComponent(todo.id), hold);
    await page.getByText('로딩 중...').waitFor();
    letThrough();
    await page.getByRole('heading', { name: '타이머 기록' }).waitFor();
    expect(await textOf(page)).toMatch(/^타이머 시작\n+타이머 기록$/);

    await page.getByRole('button', { name: '타이머 시작' }).click();
    await until(() => logged.some((line) => line.startsWith('타이머 시작:')), 5_000);
    expect(logged.filter((line) => line.startsWith('타이머 시작:'))).toHaveLength(1);
    expect(await timers()).toMatchObject([
      { todo_id: todo.id, allocated_duration: 1_800, title: '작업 타이머', status: 'RUNNING', origin: 'v1' },
    ]);
    expect(uncaught).toEqual([]);
    await page.close();
  });

  it('TimerComponent shows the active timer and the record', async () => {
    const ended = await make('/v1/timers', { todo_id: todo.id, allocated_duration: 60, title: '어제' });
    later(125);
    await call('POST', `/v1/timers/${ended.id}/stop`);
    await make('/v1/timers', { todo_id: todo.id, allocated_duration: 1_800, title: '작업 타이머' });
    later(90);
    const { page } = await show(theComponent(todo.id));
    await page.getByRole('heading', { name: '현재 타이머: 작업 타이머' }).waitFor();
    expect((await textOf(page)).split(/\n+/)).toEqual([
      ...['현재 타이머: 작업 타이머', '상태: RUNNING', '경과: 1분', '타이머 기록'],
      ...['작업 타이머 - RUNNING (1분)', '어제 - COMPLETED (2분)'],
    ]);
    await page.close();
  });

  it('useCreateTimer throws the detail of the answer', async () => {
    const { page, uncaught } = await show(theComponent('00000000-0000-7000-8000-000000000000'));
    await page.getByRole('button', { name: '타이머 시작' }).click();
    await until(() => uncaught.length > 0, 5_000);
    expect(uncaught).toEqual(['Todo not found']);
    await page.close();
  });

  /** The guide prints no component for this hook: the least that shows it. */
  const control = (id: string) => `<Control timerId="${id}" />);
    function Control({ timerId }) {
      const { timer, loading, error, pause, resume, stop, refetch } = useTimer(timerId);
      return (
        <main aria-busy={loading}>
          <output>{error ? error.message : timer && timer.status + ' ' + timer.elapsed_time}</output>
          <button onClick={pause}>pause</button>
          <button onClick={resume}>resume</button>
          <button onClick={stop}>stop</button>
          <button onClick={refetch}>refetch</button>
        </main>
      );
    }
    void (0`;

  it('useTimer pauses, resumes, stops and reads again', async () => {
    const { id } = await make('/v1/timers', { allocated_duration: 60 });
    const { page } = await show(control(id));
    const shows = (text: string) => page.locator('output', { hasText: new RegExp(`^${text}$`) }).waitFor();
    const click = (name: string) => page.getByRole('button', { name }).click();
    await shows('RUNNING 0');
    later(10);
    await click('refetch');
    await shows('RUNNING 10');
    await click('resume');
    await click('pause');
    await shows('PAUSED 10');
    later(10);
    await click('resume');
    await shows('RUNNING 10');
    later(10);
    await click('stop');
    await shows('COMPLETED 20');
    expect(await call('GET', `/v1/timers/${id}`)).toMatchObject({ status: 'COMPLETED', elapsed_time: 20, revision: 4 });
    await page.close();
  });

  it('useTimer says so when there is none', async () => {
    const { page } = await show(control('00000000-0000-7000-8000-000000000000'));
    await page.locator('output', { hasText: 'Failed to fetch timer' }).waitFor();
    await page.close();
  });
});
