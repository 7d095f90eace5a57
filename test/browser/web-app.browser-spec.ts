import type { Page } from 'playwright-core';

import { until } from '../support/server.js';
import { type Json, startWeb, type Visit, type Web } from './web-support/web.js';

/** The dashboard in Chromium: one's timers of all generations, and what is done with them. */

const PASSWORD = 'correct horse battery';
const HOUR_MS = 3_600_000;

interface Person {
  readonly email: string;
  readonly bearer: string;
}

let web: Web;
const visits: Visit[] = [];

beforeAll(async () => {
  web = await startWeb();
});
afterAll(async () => {
  await web.close();
});
afterEach(async () => {
  await Promise.all(visits.splice(0).map(({ context }) => context.close()));
  expect(web.problems.splice(0)).toEqual([]);
});

let people = 0;

async function addPerson(displayName = 'Ada'): Promise<Person> {
  const email = `person-${++people}@example.com`;
  const tokens = await web.call('POST', '/v1/auth/signup', { email, password: PASSWORD, display_name: displayName });
  return { email, bearer: `Bearer ${String(tokens['access_token'])}` };
}

/** The dashboard of somebody who signs in there. */
async function dashboardOf({ email }: Person): Promise<Visit> {
  const visit = await web.visit();
  visits.push(visit);
  const { page, url } = visit;
  await page.goto(`${url}/app`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Password').press('Enter');
  await page.getByRole('heading', { name: 'Planned' }).waitFor();
  return visit;
}

const running = (page: Page, title: string) => page.getByRole('article', { name: title });

describe('signing up', () => {
  it('keeps the refresh token where no script reads it, and the access token in memory', async () => {
    const visit = await web.visit();
    visits.push(visit);
    const { page, context, url } = visit;
    await page.goto(url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByLabel('Your name').fill('Grace');
    await page.getByLabel('E-mail').fill('grace@example.com');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create the account' }).click();
    await page.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
    const cookies = await context.cookies(`${url}/v1/auth`);
    expect(cookies).toMatchObject([{ name: 'metronome_refresh', httpOnly: true, sameSite: 'Strict' }]);
    const kept = await page.evaluate<string>(
      'JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie',
    );
    expect(kept).not.toMatch(/eyJ|refresh/);
    await page.reload();
    await page.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).last().waitFor();
    await page.reload();
    await page.getByLabel('Password').waitFor();
  });

  it('says kindly that a password is wrong', async () => {
    const { email } = await addPerson();
    const visit = await web.visit();
    visits.push(visit);
    await visit.page.goto(`${visit.url}/app`);
    await visit.page.getByLabel('E-mail').fill(email);
    await visit.page.getByLabel('Password').fill('something else');
    await visit.page.getByLabel('Password').press('Enter');
    await visit.page.getByText('E-mail or password is not right.').waitFor();
  });
});

describe('active timers', () => {
  it('are there at once, whichever app starts them, and move in step on two devices', async () => {
    const ada = await addPerson();
    const { page } = await dashboardOf(ada);
    const second = await dashboardOf(ada);
    const { token } = await web.call('POST', '/v1/auth/legacy-tokens', { label: 'phone' }, ada.bearer);
    const started = Date.now();
    await web.call('POST', '/v1/user/timer/start/', { title: 'Korean vocabulary' }, `Token ${String(token)}`);
    await running(page, 'Korean vocabulary').getByText('study timer app').waitFor();
    expect(Date.now() - started).toBeLessThan(3 * 1_000);
    await running(second.page, 'Korean vocabulary').getByRole('button', { name: 'Pause' }).click();
    await running(page, 'Korean vocabulary').getByText('paused since').waitFor();
    await running(page, 'Korean vocabulary').getByRole('button', { name: 'Resume' }).click();
    await running(second.page, 'Korean vocabulary').getByRole('button', { name: 'Pause' }).waitFor();
    await web.call('POST', '/v1/user/timer/stop/', {}, `Token ${String(token)}`);
    await running(page, 'Korean vocabulary').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Correct the times of Korean vocabulary' }).waitFor();
  });

  it('start by the form, for a todo and for a schedule', async () => {
    const ada = await addPerson();
    const { page } = await dashboardOf(ada);
    await page.getByLabel('What are you working on?').fill('Chapter 3');
    await page.getByRole('button', { name: '50', exact: true }).click();
    await page.getByRole('button', { name: 'New tag' }).click();
    await page.getByLabel('New tag').fill('reading');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'reading', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await running(page, 'Chapter 3').getByText('of 50 min').waitFor();
    await page.getByLabel('What is to be done').fill('Answer the reviewers');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Start a timer for Answer the reviewers' }).click();
    await running(page, 'Answer the reviewers').waitFor();
    await page.getByLabel('What is to be done').fill('Group meeting');
    await page.getByLabel('Time, if any').fill('16:00');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Start a timer for Group meeting' }).click();
    await running(page, 'Group meeting').getByText('of 1 h').waitFor();
    const timers = (await web.call('GET', '/v1/timers', undefined, ada.bearer)) as unknown as Json[];
    expect(timers.map(({ schedule_id: s, todo_id: t }) => [s !== null, t !== null])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    await page.getByRole('button', { name: 'Answer the reviewers: done' }).click();
    await page.getByRole('button', { name: 'Answer the reviewers: done' }).waitFor({ state: 'detached' });
  });

  it('that were forgotten are ended when they really ended', async () => {
    const ada = await addPerson();
    await web.call('POST', '/v1/timers', { title: 'Reading', allocated_duration: 1_800 }, ada.bearer);
    web.clock.aheadMs += 5 * HOUR_MS;
    const { page } = await dashboardOf(ada);
    const card = running(page, 'Reading');
    await card.getByText('Forgot to stop it?').waitFor();
    await card.getByRole('button', { name: 'Set the real end' }).click();
    await page.getByRole('dialog').getByText('30 min').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await card.waitFor({ state: 'detached' });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const [timer] = (await web.call('GET', '/v1/timers', undefined, ada.bearer)) as unknown as Json[];
    expect(timer).toMatchObject({ status: 'COMPLETED', elapsed_time: 1_800 });
    await page.getByRole('heading', { name: '30 min' }).waitFor();
  });

  it('go on without a connection, and heal', async () => {
    const ada = await addPerson();
    const { page, cable } = await dashboardOf(ada);
    const { id } = await web.call('POST', '/v1/timers', { title: 'Reading', allocated_duration: 1_800 }, ada.bearer);
    await running(page, 'Reading').waitFor();
    cable.cut();
    await page.getByText('The connection is lost').waitFor();
    await web.call('POST', `/v1/timers/${String(id)}/stop`, undefined, ada.bearer);
    cable.mend();
    await running(page, 'Reading').waitFor({ state: 'detached', timeout: 10_000 });
  });
});

describe('friends', () => {
  it('are asked by code, answer, and show what they are doing', async () => {
    const [ada, min] = [await addPerson('Ada'), await addPerson('김민서')];
    const { page } = await dashboardOf(ada);
    await page.getByRole('link', { name: 'Friends' }).click();
    await page.getByRole('heading', { name: 'Your friend code' }).waitFor();
    const code = await page.getByLabel('Your friend code').last().textContent();
    await web.call('POST', '/v1/friends/requests', { friend_code: code }, min.bearer);
    await page.getByRole('link', { name: 'Today' }).click();
    await page.getByRole('link', { name: 'Friends' }).click();
    await page.getByText('김민서 wants to be friends').waitFor();
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByText('nothing heard since you came').waitFor();
    await web.call('POST', '/v1/timers', { title: '기말고사', allocated_duration: 3_000 }, min.bearer);
    await page.getByText('started 기말고사').waitFor();
    await page.getByLabel('Friend code or e-mail').fill('nobody has this');
    await page.getByRole('button', { name: 'Send request' }).click();
    await page.getByText('Nobody has this code.').waitFor();
  });
});

describe('settings', () => {
  it('hold tokens for old apps, the export, the calendar and the profile', async () => {
    const ada = await addPerson();
    const { page } = await dashboardOf(ada);
    await web.call('POST', '/v1/timers', { title: 'Reading', allocated_duration: 1_800 }, ada.bearer);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('For which app or device').fill('Galaxy');
    await page.getByRole('button', { name: 'Create a token' }).click();
    const token = (await page.getByLabel('New token').textContent()) ?? '';
    await web.call('POST', '/v1/user/timer/stop/', {}, `Token ${token}`);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No app has a token.').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Timers as CSV' }).click();
    expect((await download).suggestedFilename()).toBe('timers.csv');
    await page.getByRole('button', { name: 'Create an address' }).click();
    const feed = (await page.getByLabel('Address of the feed').textContent()) ?? '';
    expect(new URL(feed).pathname).toMatch(/^\/v1\/calendar\/.+\.ics$/);
    await page.getByLabel('Name', { exact: true }).fill('Ada L.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    const read = async () => (await web.call('GET', '/v1/users/me', undefined, ada.bearer))['display_name'];
    await until(async () => (await read()) === 'Ada L.', 2_000);
  });
});
