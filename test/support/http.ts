import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

import { NestLogger } from '../../src/common/logging/logger.js';
import { startTestApp, type TestApp, type TestAppOptions } from './app.js';
import { until } from './server.js';

/** What a client sees of an answer. */
export interface Reply {
  readonly status: number;
  /** Without those that every answer has, differ from answer to answer or belong to the connection. */
  readonly headers: Record<string, unknown>;
  /** Parsed when it is JSON. */
  readonly body: unknown;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: OutgoingHttpHeaders;
  /** The address to call from, any of 127.0.0.0/8. */
  readonly from?: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

const VARYING =
  /^(date|x-content-type-options|strict-transport-security|x-request-id|x-server-time|connection|keep-alive|content-length|x-ratelimit-.*)$/;
const SECRET_KEYS = new Set([
  ...['password', 'new_password', 'refresh_token', 'access_token', 'token', 'code', 'legacy_token'],
  ...['host_token', 'participant_token', 'idempotency_key'],
]);
const SECRET_HEADERS = /^(authorization|cookie|x-host-token|x-participant-token|idempotency-key)$/i;
/** Shorter than any secret of ours; a scheme's name, or a word that a test guesses with, is none. */
const SHORTEST_SECRET = 8;

export const PASSWORD = 'correct horse & staple';
export const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** All headers of a reply, those that vary too. */
export const allHeaders = (reply: Reply): IncomingHttpHeaders => RAW.get(reply) ?? {};
const RAW = new WeakMap<Reply, IncomingHttpHeaders>();

/** A JSON answer with exactly these headers. */
export const reply = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body,
});
export const OK = reply(200, { ok: true });
export const unauthorized = (detail: string): Reply => reply(401, { detail }, { 'www-authenticate': 'Bearer' });
/** A failure of docs/spec/v1.md#22-validation-422 with one problem. */
export const invalid = (...problems: object[]): Reply => reply(422, { detail: problems });

/** A failure of docs/spec/v1.md#21-domain-errors-and-500, every key of it. */
export function domainError(
  status: number,
  type: string,
  message: string,
  path: string,
  headers: Record<string, string> = {},
): Reply {
  const body = {
    error_id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string,
    status_code: status,
    error_type: type,
    message,
    detail: message,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    path,
  };
  return reply(status, body, headers);
}

/** What sign-up, login and refresh answer. */
export const TOKENS = {
  access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
  refresh_token: expect.stringMatching(/^[\w-]{43}$/) as string,
  token_type: 'bearer',
  expires_in: 86_400,
};
export const NO_STORE = { 'cache-control': 'no-store' };

export const tokensOf = ({ status, body }: Reply): Tokens => {
  if (status !== 200 && status !== 201) throw new Error(`no tokens: ${status} ${JSON.stringify(body)}`);
  return body as Tokens;
};

let people = 0;
export const newEmail = (): string => `person-${process.pid}-${(people += 1)}@example.com`;

/** An application, a client of it, and every secret that passed between the two. */
export class Http {
  readonly lines: string[] = [];
  readonly dataDir = mkdtempSync(join(tmpdir(), 'metronome-http-'));
  private readonly secrets = new Set<string>();
  private test!: TestApp;

  /** Limits are off unless `env` turns them on. */
  static async start({ env, ...options }: TestAppOptions = {}): Promise<Http> {
    const http = new Http();
    const logTo = { write: (line: string) => void http.lines.push(line) };
    const all = { RATE_LIMIT_ENABLED: 'false', DATA_DIR: http.dataDir, ...env };
    http.test = await startTestApp({ ...options, env: all, logTo });
    http.app.useLogger(new NestLogger(pino({ level: 'trace' }, logTo)));
    return http;
  }

  get app(): TestApp['app'] {
    return this.test.app;
  }

  get url(): string {
    return this.test.url;
  }

  get connection(): TestApp['connection'] {
    return this.test.connection;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.test.dataSource.query(sql, parameters);
  }

  /** Sends exactly this; every password, token and code of it is remembered as a secret. */
  async call({ method = 'POST', path, body, token, headers = {}, from }: Call): Promise<Reply> {
    this.keepSecretsOf(body);
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const sent = {
      ...(text === '' ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      'Content-Length': Buffer.byteLength(text),
      ...headers,
    };
    this.keepSecretsOfHeaders(sent);
    const answer = await exchange(this.url + path, { method, headers: sent, localAddress: from }, text);
    this.keepSecretsOf(answer.body);
    return answer;
  }

  post(path: string, body?: unknown, token?: string): Promise<Reply> {
    return this.call({ path, body, token });
  }

  get(path: string, token?: string): Promise<Reply> {
    return this.call({ method: 'GET', path, token });
  }

  async signUp(email = newEmail(), password = PASSWORD): Promise<Tokens & { email: string }> {
    return { email, ...tokensOf(await this.post('/v1/auth/signup', { email, password })) };
  }

  logIn(email: string, password = PASSWORD): Promise<Reply> {
    return this.post('/v1/auth/login', { email, password });
  }

  refresh(refreshToken: string): Promise<Reply> {
    return this.post('/v1/auth/refresh', { refresh_token: refreshToken });
  }

  sessions(token: string): Promise<Reply> {
    return this.get('/v1/auth/sessions', token);
  }

  /** The codes mailed to an address, oldest first, as soon as there are so many. */
  async mailedCodes(email: string, count = 1): Promise<string[]> {
    await until(() => this.codesIn(email).length >= count, 3_000);
    return this.codesIn(email);
  }

  /** All codes mailed to an address, or to anybody. */
  codesIn(email?: string): string[] {
    const mails = this.mails().filter((mail) => email === undefined || mail.includes(`To: ${email}\r\n`));
    return mails.flatMap((mail) => / is ([2-9A-Z]{8})\b/.exec(mail)?.[1] ?? []);
  }

  /** How many passwords, tokens and codes have passed so far. */
  get secretCount(): number {
    return this.secrets.size;
  }

  /** No password, token or code may be in any line (docs/architecture.md#logs-and-secrets). */
  expectNoSecretInLog(): void {
    const log = this.lines.join('');
    expect(log).toContain('"msg":"request"');
    const all = [...this.secrets, ...this.codesIn()];
    expect(all.filter((secret) => log.includes(secret))).toEqual([]);
  }

  /** @throws when a secret is in the log */
  async close(): Promise<void> {
    await this.test.close();
    this.expectNoSecretInLog();
    rmSync(this.dataDir, { recursive: true });
  }

  private mails(): string[] {
    try {
      const folder = join(this.dataDir, 'mail');
      const files = readdirSync(folder).filter((name) => name.endsWith('.eml'));
      return files.sort().map((name) => readFileSync(join(folder, name), 'utf8'));
    } catch {
      return [];
    }
  }

  /** Whatever stands under a key that names a secret, however deep, and the last part of a secret URL. */
  private keepSecretsOf(body: unknown): void {
    if (typeof body !== 'object' || body === null) return;
    for (const [key, value] of Object.entries(body)) {
      if (typeof value !== 'string') this.keepSecretsOf(value);
      else if (SECRET_KEYS.has(key)) this.keepSecret(value);
      else if (value.endsWith('.ics')) this.keepSecret(value.slice(value.lastIndexOf('/') + 1, -'.ics'.length));
    }
  }

  private keepSecretsOfHeaders(headers: OutgoingHttpHeaders): void {
    for (const [name, value] of Object.entries(headers)) {
      if (SECRET_HEADERS.test(name) && typeof value === 'string') this.keepSecret(value.split(/[ =]/).at(-1) ?? '');
    }
  }

  private keepSecret(text: string): void {
    if (text.length >= SHORTEST_SECRET) this.secrets.add(text);
  }
}

interface Outgoing {
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly localAddress?: string | undefined;
}

function exchange(url: string, { method, headers, localAddress }: Outgoing, text: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false, ...(localAddress === undefined ? {} : { localAddress }) };
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const shown = Object.entries(response.headers).filter(([name]) => !VARYING.test(name));
        const body = parsed(Buffer.concat(chunks).toString());
        const answer = { status: response.statusCode ?? 0, headers: Object.fromEntries(shown), body };
        RAW.set(answer, response.headers);
        resolve(answer);
      });
    });
    call.on('error', reject);
    call.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
