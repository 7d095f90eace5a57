import type { Browser, Page } from 'playwright-core';

import { describeGuide, filledIn, sampleOf } from '../guides/guide.js';
import { type Frame, type Person, type Sockets, startSockets } from '../support/sockets.js';
import { until } from '../support/server.js';
import { befriend } from '../support/people.js';
import { type GuidePage, launch, openGuidePage } from './guide-page.js';

describeGuide('timer-guide-2026-01-28.md', 'the socket client of the guide of 2026-01-28 in Chromium', (samples) => {
  let sockets: Sockets;
  let browser: Browser;
  let person: Person;
  let opened: GuidePage;
  /** Both as printed, not a character changed. */
  const client = filledIn(sampleOf(samples, 'WebSocket 연결 및 타이머 제어'), []);
  const hook = filledIn(sampleOf(samples, 'React Hook 예시'), []);

  beforeAll(async () => {
    sockets = await startSockets();
    browser = await launch();
  });
  beforeEach(async () => {
    person = await sockets.signUp();
  });
  afterEach(async () => {
    // The printed class comes back after its own `disconnect`: only leaving the page ends it.
    await opened.page.context().close();
  });
  afterAll(async () => {
    await browser.close();
    await sockets.close();
  });

  async function open(code: string, options: { clockByHand?: boolean; token?: string } = {}): Promise<Page> {
    const { token = person.token, clockByHand = false } = options;
    const names = { authToken: token };
    opened = await openGuidePage(browser, { origin: sockets.url, code, names, clockByHand });
    return opened.page;
  }

  describe('useTimerWebSocket and TimerComponent', () => {
    const component = `${client}\n${hook}
      import { createRoot } from 'react-dom/client';
      createRoot(document.getElementById('root')).render(<TimerComponent />);`;
    const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
    const shows = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();
    const buttons = (page: Page) => page.getByRole('button').allTextContents();

    it('start, pause, resume and stop by their buttons', async () => {
      const page = await open(component);
      await click(page, '타이머 시작');
      await shows(page, '상태: RUNNING');
      const started = await page.evaluate(() => new Date('2026-03-02T21:00:00+09:00').toLocaleString('ko-KR'));
      const lines = (await page.locator('#root').innerText()).split(/\n+/);
      expect(lines).toEqual([
        ...['활성 타이머 (1개)', '포모도로', '상태: RUNNING', '경과: 0분', `시작: ${started}`, '일시정지'],
      ]);
      sockets.later(90);
      await click(page, '일시정지');
      await shows(page, '상태: PAUSED');
      await shows(page, '경과: 1분');
      expect(await buttons(page)).toEqual(['재개', '종료']);
      await click(page, '재개');
      await shows(page, '상태: RUNNING');
      sockets.later(90);
      await click(page, '일시정지');
      await shows(page, '경과: 3분');
      await click(page, '종료');
      await page.getByRole('button', { name: '타이머 시작' }).waitFor();
      const { body } = await person.call('GET', '/v1/timers');
      expect(body).toMatchObject([
        { title: '포모도로', allocated_duration: 1_800, status: 'COMPLETED', elapsed_time: 180 },
      ]);
      expect([opened.sockets.length, opened.uncaught]).toEqual([1, []]);
      const zone = encodeURIComponent('Asia/Seoul');
      expect(opened.sockets[0]).toBe(
        `${sockets.url.replace('http', 'ws')}/v1/ws/timers?token=${person.token}&timezone=${zone}`,
      );
    });

    it('shows what other devices do, and what was running before it came', async () => {
      await person.legacy.start('수학');
      const page = await open(component);
      await shows(page, '수학');
      const { id } = (await person.call('GET', '/v1/timers/active')).body as { id: string };
      await person.call('PATCH', `/v1/timers/${id}`, { title: '영어' });
      await shows(page, '영어');
      await person.call('POST', '/v1/timers', { allocated_duration: 60, title: '국어' });
      await shows(page, '활성 타이머 (2개)');
      await person.call('PATCH', `/v1/timers/${id}/pause`);
      await shows(page, '상태: PAUSED');
      await person.call('POST', `/v1/timers/${id}/stop`);
      await shows(page, '활성 타이머 (1개)');
      expect(await page.getByRole('heading', { level: 4 }).allTextContents()).toEqual(['국어']);
    });

    it('tells of a friend for three seconds', async () => {
      const friend = await sockets.signUp('Friend');
      await befriend(person, friend);
      const page = await open(component, { clockByHand: true });
      await page.getByRole('button', { name: '타이머 시작' }).waitFor();
      await friend.call('POST', '/v1/timers', { allocated_duration: 60 });
      const notice = page.locator('.notification');
      await notice.waitFor();
      expect(await notice.innerText()).toBe(`친구 ${friend.id}가 타이머를 start했습니다!`);
      await page.clock.runFor(3_000);
      await notice.waitFor({ state: 'detached' });
    });
  });

  describe('TimerWebSocket', () => {
    /** The class alone, with what it hears kept where the test finds it. */
    const alone = `${client}
      globalThis.heard = [];
      globalThis.client = new TimerWebSocket(authToken, (message) => heard.push(message), () => undefined, '+09:00');
      client.connect();`;

    /** Lets the page do something. @returns what it has heard by now, at least so many frames */
    async function act(page: Page, script: string, frames: number): Promise<Frame[]> {
      await page.evaluate(script);
      await page.waitForFunction(`heard.length >= ${frames}`);
      return page.evaluate<Frame[]>('heard');
    }

    it('connects, creates, pauses, resumes, stops and syncs', async () => {
      const page = await open(alone);
      const heard = await act(page, '0', 2);
      expect(heard).toMatchObject([
        { type: 'connected', payload: { user_id: person.id, message: 'Connected to timer WebSocket' } },
        {
          type: 'timer.sync_result',
          payload: { timers: [], count: 0 },
          timestamp: expect.stringMatching(/\+09:00$/) as string,
        },
      ]);
      const [, , created] = await act(page, `client.createTimer({ allocated_duration: 3600, title: '작업' })`, 3);
      const { id } = (created?.['payload'] as { timer: { id: string } }).timer;
      const verbs = ['pauseTimer', 'resumeTimer', 'stopTimer', 'syncTimer'];
      await act(page, verbs.map((verb) => `client.${verb}('${id}')`).join(';'), 7);
      const all = await act(page, `client.syncTimer(); client.pauseTimer('${id}')`, 9);
      expect(all.slice(3).map(({ type, payload }) => [type, payload as Frame])).toMatchObject([
        ['timer.updated', { action: 'pause', timer: { status: 'PAUSED' } }],
        ['timer.updated', { action: 'resume', timer: { status: 'RUNNING' } }],
        ['timer.updated', { action: 'stop', timer: { status: 'COMPLETED' } }],
        ['timer.updated', { action: 'sync', timer: { id } }],
        ['timer.sync_result', { timers: [], count: 0 }],
        ['error', { code: 'PAUSE_FAILED', message: 'Cannot pause timer with status completed' }],
      ]);
    });

    it('comes back two seconds after a cut, with the state', async () => {
      const page = await open(alone, { clockByHand: true });
      await act(page, '0', 2);
      await act(page, 'client.createTimer({ allocated_duration: 60 })', 3);
      await page.evaluate('client.ws.close()');
      await until(() => opened.logged.includes('WebSocket closed'), 5_000);
      await page.clock.runFor(1_999);
      expect(opened.sockets).toHaveLength(1);
      const heard = await act(page, '0', 3).then(() => page.clock.runFor(1).then(() => act(page, '0', 5)));
      expect(heard.slice(3)).toMatchObject([
        { type: 'connected' },
        { type: 'timer.sync_result', payload: { count: 1 } },
      ]);
    });

    it.each([
      ['where it is refused', 'expired'],
      ['after 1008', undefined],
    ])('knocks five more times %s, 2, 4, 8, 16 and 32 s apart', async (_, token) => {
      const page = await open(alone, { clockByHand: true, ...(token === undefined ? {} : { token }) });
      const closings = () => opened.logged.filter((line) => line === 'WebSocket closed').length;
      if (token === undefined) {
        await act(page, '0', 2);
        await person.call('POST', '/v1/auth/logout');
      }
      for (const [index, seconds] of [2, 4, 8, 16, 32].entries()) {
        await until(() => closings() === index + 1, 5_000);
        await page.clock.runFor(seconds * 1_000 - 1);
        expect(opened.sockets).toHaveLength(index + 1);
        await page.clock.runFor(1);
        await until(() => opened.sockets.length === index + 2, 5_000);
      }
      await until(() => closings() === 6, 5_000);
      await page.clock.runFor(600_000);
      expect(opened.sockets).toHaveLength(6);
    });
  });
});
