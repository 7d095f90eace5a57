import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';

import { Origins, type Reach } from './origins.js';

type Asked = IncomingMessage & { readonly protocol: string };

/** A request from 10.0.0.9 that arrived at port 8000. */
const asked = (headers: Record<string, string>, protocol = 'http'): Asked =>
  ({ headers, protocol, socket: { remoteAddress: '10.0.0.9', localPort: 8000 } }) as unknown as Asked;

const origins = (reach: Partial<Reach> = {}): Origins =>
  new Origins({ publicUrl: undefined, allowedOrigins: undefined, trustProxy: false, ...reach });

describe('the server’s own pages', () => {
  it.each([
    ['http://timer.example', 'timer.example'],
    ['https://timer.example', 'timer.example'],
    ['https://timer.example', 'timer.example:443'],
    ['https://timer.example:443', 'timer.example'],
    ['http://timer.example', 'timer.example:80'],
    ['http://timer.example:80', 'timer.example'],
    ['http://TIMER.example:8000', 'timer.EXAMPLE:8000'],
    ['http://[::1]:8000', '[::1]:8000'],
  ])('%s is that of Host %s', (origin, host) => {
    expect(origins().isOwnPage(asked({ origin, host }))).toBe(true);
    expect(origins({ allowedOrigins: ['https://other.example'] }).isForeign(asked({ origin, host }))).toBe(false);
  });

  it.each([
    ['https://timer.example', 'timer.example:80'],
    ['http://timer.example', 'timer.example:443'],
    ['http://timer.example:8000', 'timer.example'],
    ['http://timer.example.evil.test', 'timer.example'],
    ['null', 'null'],
    ['capacitor://localhost', 'localhost'],
    ['app://timer.example', 'timer.example'],
    ['https://timer.example', ''],
    ['http:', 'timer.example'],
  ])('%s is not that of Host %s', (origin, host) => {
    expect(origins().isOwnPage(asked({ origin, host }))).toBe(false);
  });

  it('are those of PUBLIC_URL whatever a proxy makes of Host', () => {
    const behind = origins({ publicUrl: 'https://timers.example/' });
    const isOwn = (origin: string) => behind.isOwnPage(asked({ origin, host: 'upstream:8000' }));
    expect(['https://timers.example', 'https://timers.example:443', 'http://upstream:8000'].map(isOwn)).toEqual([
      ...[true, true, true],
    ]);
    expect(['http://timers.example', 'https://timers.example:8443', 'https://evil.test'].map(isOwn)).toEqual([
      ...[false, false, false],
    ]);
  });

  it('are those of X-Forwarded-Host where the proxy is trusted, and the last of several counts', () => {
    const headers = {
      origin: 'https://timers.example',
      host: 'upstream',
      'x-forwarded-host': 'evil.test, timers.example',
    };
    expect(origins({ trustProxy: 1 }).isOwnPage(asked(headers))).toBe(true);
    expect(origins({ trustProxy: 1 }).isOwnPage(asked({ ...headers, origin: 'https://evil.test' }))).toBe(false);
    expect(origins({ trustProxy: '192.0.2.1' }).isOwnPage(asked(headers))).toBe(false);
    expect(origins().isOwnPage(asked(headers))).toBe(false);
  });
});

describe('a list', () => {
  const allowed = (list: readonly string[], origin: string) =>
    origins({ allowedOrigins: list }).allowedOf(asked({ origin, host: 'timer.example' }));

  it.each(['capacitor://localhost', 'tauri://localhost', 'app://.', 'app://-', 'chrome-extension://abcdefgh', 'null'])(
    'may hold %s, which stands for nothing else',
    (origin) => {
      expect(allowed([origin], origin)).toBe(origin);
      for (const other of ['null', 'capacitor://evil', 'app://evil', 'https://evil.test']) {
        expect([other, allowed([origin], other)]).toEqual([other, other === origin ? other : undefined]);
      }
    },
  );

  it('takes ws for http, and the standard port for none', () => {
    expect(allowed(['wss://API.example:443'], 'https://api.example')).toBe('https://api.example');
    expect(allowed(['ws://api.example'], 'https://api.example')).toBeUndefined();
    expect(allowed(['wsx://api.example'], 'httpx://api.example')).toBeUndefined();
  });
});

describe('names that lead to no stranger', () => {
  it.each([
    [{ host: 'localhost:8000' }, true],
    [{ host: 'evil.com:8000' }, false],
    [{ host: 'timers.example.com' }, true],
    [{ host: 'localhost', 'x-forwarded-host': 'evil.com' }, false],
    [{ host: 'evil.com', 'x-forwarded-host': 'localhost' }, false],
    [{}, false],
  ])('%j: %s', (headers: Record<string, string>, isOwn) => {
    const behind = origins({ publicUrl: 'https://timers.example.com', trustProxy: 1 });
    expect(behind.isOwnName(asked(headers))).toBe(isOwn);
  });
});

describe('what a client reached the server by', () => {
  const [address = ''] = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map((found) => found.address);

  it.each(['localhost:8000', '127.0.0.1:8000', '127.9.9.9:8000', '[::1]:8000', `${address}:8000`])(
    'is Host %s, where the server listens',
    (host) => {
      expect(origins().reachedBy(asked({ host }))).toBe(`http://${host}`);
    },
  );

  it.each([
    'evil.example',
    'localhost',
    'localhost:9000',
    '203.0.113.7:8000',
    'localhost.evil.test:8000',
    '',
    'a b',
    '@',
  ])('is unknown with Host %j', (host) => {
    expect(origins().reachedBy(asked({ host }))).toBeUndefined();
  });

  it('is what a trusted proxy says', () => {
    const headers = { host: 'upstream:8000', 'x-forwarded-host': 'evil.test, timers.example' };
    expect(origins({ trustProxy: 1 }).reachedBy(asked(headers, 'https'))).toBe('https://timers.example');
    expect(origins().reachedBy(asked(headers))).toBeUndefined();
    expect(origins({ trustProxy: 1 }).reachedBy(asked({ ...headers, 'x-forwarded-host': '"><b>' }))).toBeUndefined();
  });
});

describe('the hosts of a page’s policy', () => {
  it.each([
    [{}, { host: 'here:8000' }, ['here:8000']],
    [{}, { host: 'evil; script-src *' }, []],
    [{ publicUrl: 'https://timers.example/' }, { host: 'upstream:8000' }, ['timers.example']],
    [
      { publicUrl: 'https://timers.example', trustProxy: 1 },
      { host: 'upstream', 'x-forwarded-host': 'also.example' },
      ['timers.example', 'also.example'],
    ],
    [{ trustProxy: 1 }, { host: 'upstream', 'x-forwarded-host': 'timers.example' }, ['timers.example']],
  ])('%j %j: %j', (reach: Partial<Reach>, headers: Record<string, string>, hosts) => {
    expect(origins(reach).pageHosts(asked(headers))).toEqual(hosts);
  });
});
