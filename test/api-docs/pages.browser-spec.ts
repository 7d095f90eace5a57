import { type Browser, chromium, type Page } from 'playwright-core';

import { startTestApp, type TestApp } from '../support/app.js';

/** A folder for pictures, to look at what a test cannot judge. */
const SCREENSHOTS = process.env['SCREENSHOTS'];

describe('the pages of the documents, in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let problems: string[];

  beforeAll(async () => {
    app = await startTestApp({ env: { RATE_LIMIT_ENABLED: 'false' } });
    const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  async function open(path: string): Promise<Page> {
    problems = [];
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(app.url) && !/^(data|blob):/.test(url)) problems.push(`loads ${url}`);
    });
    await page.goto(`${app.url}${path}`);
    return page;
  }

  async function look(page: Page, name: string): Promise<void> {
    if (SCREENSHOTS !== undefined) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
    await page.close();
  }

  it('/docs shows every generation in Swagger UI, and opens at #legacy', async () => {
    const page = await open('/docs#legacy');
    await page.getByText('/v1/user/timer/start/').waitFor();
    for (const tag of ['Legacy', 'v1', 'Rooms', 'Server']) await page.locator(`#operations-tag-${tag}`).waitFor();
    await page.getByText('/v1/user/timer/start/').click();
    await page.getByText('Timer is already running').first().waitFor();
    await look(page, 'docs');
    expect(problems).toEqual([]);
  });

  it('/redoc shows them in ReDoc, and finds', async () => {
    const page = await open('/redoc');
    await page.getByRole('heading', { name: 'Start a timer' }).first().waitFor();
    await page.getByPlaceholder('Search...').fill('calendar');
    await page.locator('[data-role="search:results"]').getByText('Create a calendar feed').waitFor();
    await look(page, 'redoc');
    expect(problems).toEqual([]);
  });

  it('/asyncapi is there to read without any script', async () => {
    const page = await open('/asyncapi');
    await page.locator('#personal-type-payload-timer-created summary').click();
    expect(await page.locator('script').count()).toBe(0);
    await page.locator('#personal-type-payload-timer-created').getByText('"allocated_duration": 3600').waitFor();
    await look(page, 'asyncapi');
    expect(problems).toEqual([]);
  });

  it('/playground signs up, starts a timer, and sees the frame arrive', async () => {
    const page = await open('/playground');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByText('Signed in (201)').waitFor();
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.locator('#frames').getByText('connected').first().waitFor();
    await page.getByRole('combobox', { name: 'Call' }).selectOption({ label: 'POST /v1/timers — Start a timer' });
    await page.getByLabel('Body').fill('{"allocated_duration": 60, "title": "Tea"}');
    await page.getByRole('button', { name: 'Send call' }).click();
    await page.locator('#frames').getByText('timer.created').first().waitFor();
    await look(page, 'playground');
    expect(problems).toEqual([]);
  });

  it('/playground makes a room, enters it, and starts its timer by a frame', async () => {
    const page = await open('/playground');
    await page.getByLabel('Rooms').check();
    await page.getByRole('button', { name: 'Send call' }).click();
    await page.getByText('Room created successfully').waitFor();
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.locator('#frames').getByText('participant_list').first().waitFor();
    await page.getByRole('button', { name: 'Send frame' }).click();
    await page.locator('#frames').getByText('"status": "running"').first().waitFor();
    await look(page, 'playground-room');
    expect(problems).toEqual([]);
  });
});
