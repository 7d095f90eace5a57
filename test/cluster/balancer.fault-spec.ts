import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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

describe('the load balancer, when an instance breaks off', () => {
  let instances: Instances;
  let nginx: Nginx;
  let url: string;

  beforeAll(async () => {
    instances = await Instances.start();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const [a = '', b = ''] = instances.addresses;
    const names: Record<string, string> = { INSTANCE_A: a, INSTANCE_B: b, LISTEN: `127.0.0.1:${port}` };
    const template = readFileSync('deploy/nginx.conf.template', 'utf8');
    nginx = await Nginx.start((folder) => ({
      http: template
        .replace(/\$\{([A-Z_]+)\}/g, (text, name: string) => names[name] ?? text)
        .replace('/dev/stdout', `${folder}/access.log`),
      port,
    }));
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
