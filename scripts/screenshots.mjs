// Takes the pictures of docs/screenshots with Debian's Chromium, from a server that this script starts with a fixed
// time and sample data. README.md and web/README.md use them.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'docs', 'screenshots');
const only = process.argv[2];
/** A Thursday afternoon in Seoul. */
const NOON = Date.parse('2027-03-04T05:00:00Z');
const MINUTE = 60_000;
const ZONE = 'Asia/Seoul';
const DESKTOP = [1440, 900];
const PHONE = [320, 640];

/** Day since Monday, hour, minutes, title, tag. */
const WEEK = [
  [0, 9, 95, 'Introduction', 'writing'],
  [0, 14, 70, 'Simulation', 'code'],
  [1, 10, 120, 'Papers for chapter 3', 'reading'],
  [1, 15, 45, 'Simulation', 'code'],
  [2, 9, 150, 'Method', 'writing'],
  [2, 13, 40, 'Papers for chapter 3', 'reading'],
  [2, 16, 85, 'Plots', 'code'],
  [3, 8.5, 55, 'Method, corrections', 'writing'],
  [3, 10.25, 40, 'Plots', 'code'],
  [3, 11.5, 25, 'Mail', 'writing'],
];

const dataDir = mkdtempSync(join(tmpdir(), 'metronome-screenshots-'));
const server = spawn(process.execPath, ['dist/src/main.js'], {
  cwd: root,
  env: {
    PATH: process.env.PATH,
    HOME: tmpdir(),
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_FORMAT: 'json',
    RATE_LIMIT_ENABLED: 'false',
    METRONOME_TEST: '1',
    PUBLIC_URL: 'https://timer.example.com',
  },
});
const base = await new Promise((resolve, reject) => {
  let said = '';
  const hear = (chunk) => {
    said += chunk;
    const port = /Metronome listens on [^\s]*:(\d+) /.exec(said)?.[1];
    if (port) resolve(`http://127.0.0.1:${port}`);
  };
  server.stdout.on('data', hear);
  server.stderr.on('data', hear);
  server.once('exit', () => reject(new Error(said)));
});
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const sockets = [];
try {
  mkdirSync(out, { recursive: true });
  await main();
} finally {
  for (const socket of sockets) socket.close();
  await browser.close();
  server.removeAllListeners('exit');
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}

async function main() {
  await setTime(NOON - 4 * 60 * MINUTE);
  const room = await roomWithHistory();
  const ada = await personWithHistory(room);
  await setTime(NOON + 9 * MINUTE + 12_000);
  await shoot('start', (page) => openStart(page));
  await shoot('room', (page) => openRoom(page, room.id));
  await shoot('room-phone-dark', (page) => openRoom(page, room.id), { size: PHONE, scheme: 'dark' });
  await shoot('room-share', async (page) => {
    await openRoom(page, room.id);
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('img', { name: 'QR code' }).waitFor();
  });
  await shoot('app-dark', (page) => openApp(page, ada), { scheme: 'dark' });
  await shoot('app-ko', (page) => openApp(page, ada), { locale: 'ko-KR' });
}

/** Creates a room with a morning of work and participants. */
async function roomWithHistory() {
  const created = await call('POST', '/api/v1/rooms', { room_name: 'thesis-crew' });
  const { room_id: id, host_token: hostToken } = created.data;
  for (let session = 0; session < 6; session++) {
    const at = NOON + (session - 7) * 31 * MINUTE;
    await setTime(at);
    await call('POST', `/api/v1/rooms/${id}/timer/start`, {});
    await setTime(at + (session === 3 ? 11 : 26) * MINUTE);
    if (session === 3) await call('POST', `/api/v1/rooms/${id}/timer/reset`, {});
    else await call('GET', `/api/v1/rooms/${id}`);
  }
  await setTime(NOON);
  await enter(id, '김민서', hostToken);
  for (const name of ['Jun Park', 'Léa Martin', '이도윤']) await enter(id, name);
  await call('POST', `/api/v1/rooms/${id}/timer/start`, {});
  return { id };
}

function enter(id, name, hostToken) {
  const url = `${base.replace('http', 'ws')}/ws/room/${id}?name=${encodeURIComponent(name)}`;
  const socket = new WebSocket(url, hostToken ? [`host.${hostToken}`] : []);
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('message', resolve);
    socket.once('error', reject);
  });
}

/** Creates a user with a week of work, friends, plans and two running timers, one of them from a legacy app. */
async function personWithHistory() {
  const ada = { email: 'ada@example.com', password: 'a good long one', display_name: 'Ada' };
  const token = (await call('POST', '/v1/auth/signup', ada)).access_token;
  const group = await call('POST', '/v1/tags/groups', { name: 'Thesis', color: '#BF3F2A' }, token);
  const tag = (name, color) => call('POST', '/v1/tags', { name, color, group_id: group.id }, token);
  const tags = {
    writing: await tag('writing', '#C2573F'),
    reading: await tag('reading', '#2F8F7F'),
    code: await tag('code', '#5B6FC8'),
  };
  for (const [day, hour, minutes, title, name] of WEEK) {
    const start = Date.parse('2027-03-01T00:00:00+09:00') + (day * 24 * 60 + hour * 60) * MINUTE;
    const segments = [{ start: new Date(start), end: new Date(start + minutes * MINUTE) }];
    await call('POST', '/v1/timers/manual', { title, segments, tag_ids: [tags[name].id] }, token);
  }
  const at = (hour) => new Date(Date.parse('2027-03-04T00:00:00+09:00') + hour * 60 * MINUTE);
  await call('POST', '/v1/schedules', { title: 'Group meeting', start_time: at(16), end_time: at(17) }, token);
  for (const title of ['Answer the reviewers', 'Figure 4, second try']) {
    await call('POST', '/v1/todos', { title, tag_group_id: group.id }, token);
  }
  await befriend(token);
  const { token: old } = await call('POST', '/v1/auth/legacy-tokens', { label: 'Study timer, Galaxy S21' }, token);
  await setTime(NOON - 34 * MINUTE);
  await call('POST', '/v1/user/timer/start/', { title: 'Korean vocabulary' }, old, 'Token');
  await setTime(NOON - 8 * MINUTE);
  const reading = { title: 'Chapter 3: related work', allocated_duration: 3_000, tag_ids: [tags.reading.id] };
  await call('POST', '/v1/timers', reading, token);
  return ada;
}

/** Creates two friends, one of whom shares a timer, and one pending request. */
async function befriend(token) {
  const { friend_code: code } = await call('GET', '/v1/users/me', undefined, token);
  for (const [name, answer] of [
    ['김민서', true],
    ['Jun Park', true],
    ['Léa Martin', false],
  ]) {
    const email = `${Math.random().toString(36).slice(2)}@example.com`;
    const friend = (await call('POST', '/v1/auth/signup', { email, password: 'a good long one', display_name: name }))
      .access_token;
    const request = await call('POST', '/v1/friends/requests', { friend_code: code }, friend);
    if (!answer) continue;
    await call('POST', `/v1/friends/requests/${request.id}/accept`, undefined, token);
    if (name !== '김민서') continue;
    const timer = await call('POST', '/v1/timers', { title: '기말고사 준비', allocated_duration: 3_000 }, friend);
    await call('PUT', `/v1/visibility/timer/${timer.id}`, { level: 'friends' }, friend);
  }
}

async function openStart(page) {
  await page.goto(base);
  await page.getByLabel('Name of the room', { exact: true }).fill('thesis-crew');
  await page.evaluate(() => globalThis.document.activeElement.blur());
}

async function openRoom(page, id) {
  await page.addInitScript(() => {
    globalThis.localStorage.setItem('metronome.name', 'Ada');
    globalThis.localStorage.setItem('metronome.alarm', '{"sound":true,"notification":false,"asked":true}');
  });
  await page.goto(`${base}/room/${id}`);
  await page.locator('.people li').nth(4).waitFor();
  await page.locator('.counted').waitFor();
}

async function openApp(page, { email, password }) {
  await page.request.post(`${base}/v1/auth/login`, {
    data: { email, password, cookie: true },
    headers: { Origin: base },
  });
  await page.addInitScript(() => globalThis.localStorage.setItem('metronome.signed-in', 'yes'));
  await page.goto(`${base}/app`);
  await page.locator('.columns').first().waitFor();
  await page.waitForLoadState('networkidle');
}

async function shoot(name, open, { size = DESKTOP, scheme = 'light', locale = 'en-US' } = {}) {
  if (only && !name.startsWith(only)) return;
  const [width, height] = size;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale,
    timezoneId: ZONE,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(name, error));
  await open(page);
  // Wait until fonts have loaded and the first tick is drawn.
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: width < 1_000 || name.startsWith('app') });
  await context.close();
  console.log(name);
}

/** Sets the server's clock through the test control socket. */
async function setTime(instant) {
  const socket = connect(join(dataDir, 'control.sock'));
  socket.write(`${JSON.stringify({ do: 'clock', offsetMs: instant - Date.now() })}\n`);
  await new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
  });
  socket.destroy();
}

async function call(method, path, body, token, scheme = 'Bearer') {
  const headers = {
    ...(body && { 'Content-Type': 'application/json' }),
    ...(token && { Authorization: `${scheme} ${token}` }),
  };
  const response = await fetch(base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
