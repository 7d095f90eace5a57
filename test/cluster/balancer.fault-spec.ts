import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { until } from '../support/server.js';
import { freePort } from './cluster.js';
import { Nginx } from './nginx.js';

const KEY = { 'Idempotency-Key': 'a-key-of-16-characters' };

/** Two instances: one answers with the body it was sent, one takes the request and breaks the connection off. */
class Instances {
  answered = 0;
  brokenOff = 0;

  private constructor(private readonly servers: readonly Server[]) {}

  static async start(): Promise<Instances> {
    const instances = new Instances([
      createServer((request, response) => void instances.answer(request, response)),
      createServer((request) => void instances.breakOff(request)),
    ]);
    for (const server of instances.servers)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return instances;
  }

  get addresses(): string[] {
    return this.servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  forget(): void {
    this.answered = 0;
    this.brokenOff = 0;
  }

  stop(): void {
    for (const server of this.servers) server.close().closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    this.answered += 1;
    response.end(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
  }

  private async breakOff(request: IncomingMessage): Promise<void> {
    await textOf(request);
    this.brokenOff += 1;
    request.socket.resetAndDestroy();
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const TEMPLATE = readFileSync('deploy/nginx.conf.template', 'utf8');

/** The nginx of docker-compose.yml before these two. Its log is `access.log` in its folder. */
async function startBalancer([a = '', b = '']: readonly string[]): Promise<{ nginx: Nginx; url: string }> {
  const port = await freePort();
  const names: Record<string, string> = { INSTANCE_A: a, INSTANCE_B: b, LISTEN: `127.0.0.1:${port}` };
  const nginx = await Nginx.start((folder) => ({
    http: TEMPLATE.replace(/\$\{([A-Z_]+)\}/g, (text, name: string) => names[name] ?? text).replace(
      '/dev/stdout',
      `${folder}/access.log`,
    ),
    port,
  }));
  return { nginx, url: `http://127.0.0.1:${port}` };
}

describe('the load balancer, when an instance breaks off', () => {
  let instances: Instances;
  let nginx: Nginx;
  let url: string;

  beforeAll(async () => {
    instances = await Instances.start();
    ({ nginx, url } = await startBalancer(instances.addresses));
  });

  afterAll(async () => {
    await nginx.stop();
    instances.stop();
  });

  /** Several times the same, so that each instance is tried. @returns the answers in order */
  async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<string[]> {
    instances.forget();
    const answers: string[] = [];
    for (let time = 0; time < 6; time += 1) {
      const body = method === 'GET' ? undefined : '{"title":"one"}';
      const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
      const text = await response.text();
      answers.push(response.status === 200 ? text : String(response.status));
    }
    return answers;
  }

  it.each([
    ['PATCH', '/v1/timers/1/pause', KEY],
    ['POST', '/api/v1/rooms', KEY],
    ['POST', '/v1/user/timer/start/', KEY],
    ['DELETE', '/v1/todos/1', KEY],
  ])('sends %s %s with a key to the next one', async (method, path, headers) => {
    const answers = await ask(method, path, headers);
    expect(answers).toEqual(Array.from({ length: 6 }, () => `${method} ${path} {"title":"one"}`));
    expect(instances.answered).toBe(6);
    expect(instances.brokenOff).toBeGreaterThan(0);
  });

  it('sends what only reads to the next one', async () => {
    expect(await ask('GET', '/v1/timers')).toEqual(Array.from({ length: 6 }, () => 'GET /v1/timers '));
    expect(instances.brokenOff).toBeGreaterThan(0);
  });

  it.each([
    ['without a key', '/v1/timers', {}],
    ['with one that is too short', '/v1/timers', { 'Idempotency-Key': 'short' }],
    ['with spaces in the path and no key', '/v1/timers/a%20path-of-many-letters', {}],
    ['where no key is looked at', '/v1/auth/login', KEY],
    ['where no key is looked at, on the old way in', '/v1/user/manage/signin/', KEY],
  ])('sends nothing a second time %s', async (_, path, headers) => {
    const answers = await ask('POST', path, headers);
    expect(answers).toContain('502');
    expect(instances.answered + instances.brokenOff).toBe(6);
  });
});

describe('the log of the load balancer', () => {
  const ROOM = '4982f864-8f4c-48d9-b352-e3406db868b5';
  const LINES: readonly (readonly [path: string, logged: string])[] = [
    ['/', '/'],
    ['/health/ready', '/health/ready'],
    ['/v1/timers?title=private', '/v1/timers'],
    [`/v1/timers/${ROOM}/pause`, '/v1/timers/:id/pause'],
    ['/v1/user/timer/start/', '/v1/user/timer/start/'],
    ['/v1/calendar/cal_0123456789.ics', '/v1/calendar/:secret'],
    [`/room/${ROOM}?host_token=private`, '/room/:id'],
    [`/ws/room/${ROOM}?token=private`, '/ws/room/:id'],
    ['/v1/ws/timers?token=private', '/v1/ws/timers'],
    [`/api/v1/rooms/${ROOM}`, '/api/v1/rooms/:id'],
    [`/api/v1/rooms/${ROOM}/timer/start`, '/api/v1/rooms/:id/timer/start'],
    [`/api/v1/rooms/${ROOM}/participants/${ROOM}`, '/api/v1/rooms/:id/participants/:id'],
    ['/a-private-word', '-'],
    [`/unknown/${ROOM}`, '-'],
  ];

  it('has the pattern of the route and no id, secret or argument', async () => {
    const echo = createServer((_, response) => response.end('here'));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const { nginx, url } = await startBalancer([address, address]);
    for (const [path] of LINES) await (await fetch(`${url}${path}`)).text();
    // By a key it goes another way, and says the same.
    await (await fetch(`${url}/v1/timers/${ROOM}`, { method: 'DELETE', headers: KEY })).text();
    // A line is written when its answer has left.
    const lines = () => readFileSync(join(nginx.folder, 'access.log'), 'utf8').trim().split('\n');
    await until(() => lines().length > LINES.length, 10_000);
    const logged = lines().map((line) => line.split(' ').slice(1, 3).join(' '));
    expect(logged).toEqual([...LINES.map(([, path]) => `GET ${path}`), 'DELETE /v1/timers/:id']);
    expect(lines().join('\n')).not.toMatch(/private|4982f864|cal_/);
    await nginx.stop();
    echo.close().closeAllConnections();
  });

  it('knows the same patterns in the example for one instance', () => {
    const patterns = (text: string) => [...text.matchAll(/^ {2}(?:default|"[/~]|~\^\/).*;$/gm)].map(([line]) => line);
    const ofTemplate = patterns(TEMPLATE.slice(0, TEMPLATE.indexOf('log_format')));
    expect(ofTemplate.length).toBeGreaterThan(5);
    const example = readFileSync('docs/operations/nginx-tls.conf', 'utf8');
    expect(patterns(example.slice(0, example.indexOf('log_format')))).toEqual(ofTemplate);
  });
});
