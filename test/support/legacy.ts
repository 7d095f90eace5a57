import { readdirSync, readFileSync } from 'node:fs';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';

import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { PasswordHasher } from '../../src/identity/passwords/password-hasher.js';
import { Users } from '../../src/identity/users/users.js';
import type { TestApp } from './app.js';

/** What a client sees of an answer. */
export interface Answer {
  status: number;
  /** Without those that differ from answer to answer or belong to the connection. */
  headers: Record<string, unknown>;
  /** As sent. */
  body: string;
}

export interface Sent {
  method?: string;
  path: string;
  headers?: OutgoingHttpHeaders;
  /** One piece with a length; several are sent chunked. */
  body?: string | Buffer | Buffer[];
}

const VARYING = [
  ...['date', 'x-request-id', 'x-server-time', 'connection', 'keep-alive', 'content-length'],
  ...['x-content-type-options', 'strict-transport-security'],
  ...['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
];

/** Sends exactly these bytes and nothing of its own. */
export function send(url: string, { method = 'POST', path, headers = {}, body = '' }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = Array.isArray(body) ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const call = request(`${url}${path}`, { method, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const kept = Object.entries(response.headers).filter(([name]) => !VARYING.includes(name));
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(kept), body: text });
      });
    });
    call.on('error', reject);
    for (const part of [body].flat()) call.write(part);
    call.end();
  });
}

export const LEGACY_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  deprecation: '@1769558400',
  link: '<http://localhost:0/docs#legacy>; rel="successor-version"',
};

/** An answer of the legacy API: exactly these headers besides the two every answer has, exactly this body. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { ...LEGACY_HEADERS, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

export const OK = '{"status":200,"detial":"OK","detail":"OK","data":{}}';
export const ROW = {
  ok: answer(200, OK),
  missing: answer(400, '{"status":400,"detail":"Some values are missing","data":{}}'),
  invalidToken: answer(401, '{"detail":"Invalid token."}', { 'www-authenticate': 'Token' }),
  running: answer(
    409,
    '{"status":409,"detial":"Timer is already running","detail":"Timer is already running","data":{}}',
  ),
  stopped: answer(
    409,
    '{"status":409,"detial":"Timer is already stopped","detail":"Timer is already stopped","data":{}}',
  ),
  tooLarge: answer(413, '{"detail":"Request body too large","status":413,"data":{}}'),
  unsupported: answer(415, '{"detail":"Unsupported Media Type","status":415,"data":{}}'),
};

let people = 0;

export interface Person {
  id: string;
  email: string;
  token: string;
  /** The header that the apps send. */
  auth: { Authorization: string };
}

/** Somebody with an account and a legacy token. */
export async function createPerson(
  app: Pick<TestApp, 'app'>,
  user: { email?: string; password?: string } = {},
): Promise<Person> {
  people += 1;
  const email = user.email ?? `person-${people}@example.com`;
  const id = await createUser(app, { ...user, email });
  const { token } = await app.app.get(LegacyTokens).issue(id);
  return { id, email, token, auth: { Authorization: `Token ${token}` } };
}

/** An account; without a password nobody signs in to it with one. */
export async function createUser(
  app: Pick<TestApp, 'app'>,
  user: { email: string; password?: string },
): Promise<string> {
  const { email, password } = user;
  const passwordHash = password === undefined ? undefined : await app.app.get(PasswordHasher).hash(password);
  return app.app.get(Users).create({ email, passwordHash });
}

/** The titles of a person's timers, newest last, with the status of each. */
export function timersOf(app: TestApp, userId: string): Promise<{ title: string; status: string }[]> {
  return app.dataSource.query(`SELECT title, status FROM timers WHERE user_id = $1 ORDER BY created_at, id`, [userId]);
}

/** The codes that were mailed to an address, oldest first. */
export function mailedCodes(dataDir: string, email: string): string[] {
  const folder = join(dataDir, 'mail');
  const mails = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  return mails
    .filter((mail) => mail.includes(`To: ${email}`))
    .map((mail) => /sign-in code is (\w{8})/.exec(mail)?.[1] ?? '');
}
