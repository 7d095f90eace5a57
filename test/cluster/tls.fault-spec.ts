import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { WebSocket } from 'ws';

import { createDatabase, urlOf } from '../support/database.js';
import { FROM_DIST, Server, until } from '../support/server.js';
import { freePort } from './cluster.js';
import { Nginx } from './nginx.js';

const NAME = 'timers.example.com';

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

describe('docs/operations/nginx-tls.conf', () => {
  let server: Server;
  let nginx: Nginx;
  let ports: { http: number; https: number; instance: number };
  let ca: Buffer;

  beforeAll(async () => {
    ports = { http: await freePort(), https: await freePort(), instance: await freePort() };
    const env = { DATABASE_URL: urlOf(await createDatabase()), PUBLIC_URL: `https://${NAME}`, TRUST_PROXY: '1' };
    server = new Server({ env: { ...env, PORT: String(ports.instance) }, command: FROM_DIST });
    await server.listening();
    nginx = await Nginx.start((folder) => {
      makeCertificate(folder);
      ca = readFileSync(join(folder, 'cert.pem'));
      return { http: configuration(folder), port: ports.https };
    });
  }, 60_000);

  afterAll(async () => {
    await nginx.stop();
    await server.stop();
  });

  function makeCertificate(folder: string): void {
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '1',
      ...subject,
      ...files,
    ]);
    expect(made.status).toBe(0);
  }

  /** The example, with ports and paths of this test. */
  function configuration(folder: string): string {
    return readFileSync('docs/operations/nginx-tls.conf', 'utf8')
      .replace('127.0.0.1:8000', `127.0.0.1:${ports.instance}`)
      .replace('listen 80;', `listen 127.0.0.1:${ports.http};`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${ports.https} ssl`)
      .replace(/\/etc\/letsencrypt\/live\/[^/]+\/fullchain.pem/, join(folder, 'cert.pem'))
      .replace(/\/etc\/letsencrypt\/live\/[^/]+\/privkey.pem/, join(folder, 'key.pem'))
      .replace('/var/log/nginx/metronome.log', join(folder, 'access.log'));
  }

  /** Over TLS, with the certificate checked for the name. */
  function ask(method: string, path: string, body?: object): Promise<Reply> {
    const options = { host: '127.0.0.1', port: ports.https, servername: NAME, ca, method, path };
    return new Promise((resolve, reject) => {
      const headers = { host: NAME, 'content-type': 'application/json' };
      const sent = request({ ...options, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers });
        });
      });
      sent.on('error', reject).end(body ? JSON.stringify(body) : undefined);
    });
  }

  it('serves over TLS, and sends whoever comes without it there', async () => {
    expect((await ask('GET', '/health/ready')).status).toBe(200);
    const plain = await fetch(`http://127.0.0.1:${ports.http}/room/x?y=1`, {
      headers: { host: NAME },
      redirect: 'manual',
    });
    expect([plain.status, plain.headers.get('location')]).toEqual([
      301,
      expect.stringMatching(/^https:\/\/.*\/room\/x\?y=1$/),
    ]);
  });

  it('lets the server know: share URLs are https, and a host’s cookie is for https alone', async () => {
    const { status, body, headers } = await ask('POST', '/api/v1/rooms', { room_name: 'over-tls' });
    expect(status).toBe(201);
    const { share_url: url } = (JSON.parse(body) as { data: { share_url: string } }).data;
    expect(url).toMatch(/^https:\/\/timers\.example\.com\/room\//);
    expect(headers['set-cookie']).toHaveLength(2);
    for (const cookie of headers['set-cookie'] ?? []) expect(cookie).toContain('Secure');
  });

  it('takes sockets through, and logs no token', async () => {
    const { body } = await ask('POST', '/v1/auth/signup', { email: 'a@example.com', password: 'correct horse' });
    const { access_token: token } = JSON.parse(body) as { access_token: string };
    const tls = { ca, servername: NAME };
    const options = { ...tls, headers: { host: NAME } };
    const socket = new WebSocket(`wss://127.0.0.1:${ports.https}/v1/ws/timers?token=${token}`, options);
    const [first] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(first.toString())).toMatchObject({ type: 'connected' });
    socket.close();
    await once(socket, 'close');
    const logged = () => readFileSync(join(nginx.folder, 'access.log'), 'utf8');
    await until(() => logged().includes('GET /v1/ws/timers 101'), 5_000, logged);
    expect(logged()).not.toContain(token);
  });
});
