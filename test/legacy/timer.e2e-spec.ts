import { gzipSync } from 'node:zlib';

import { LegacyTokens } from '../../src/identity/legacy-tokens/legacy-tokens.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type Answer, answer, createPerson, type Person, ROW, send, timersOf } from '../support/legacy.js';

const START = '/v1/user/timer/start/';
const STOP = '/v1/user/timer/stop/';
const FORM = 'application/x-www-form-urlencoded';
const BOUNDARY = 'xyz';
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

/** A multipart body of these parts, each given by its headers and its content. */
const multipart = (...parts: [headers: string, content: string | Buffer][]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(([headers, content]) => [
      Buffer.from(`--${BOUNDARY}\r\n${headers}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
const titlePart = (content: string): [string, string] => ['Content-Disposition: form-data; name="title"', content];

describe('legacy timer', () => {
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    person = await createPerson(app);
  });

  const start = (
    body: string | Buffer | Buffer[],
    type?: string,
    more: Record<string, string> = {},
  ): Promise<Answer> => {
    const headers = { ...person.auth, ...(type === undefined ? {} : { 'Content-Type': type }), ...more };
    return send(app.url, { path: START, headers, body });
  };
  const stop = (path = STOP): Promise<Answer> => send(app.url, { path, headers: person.auth });
  const titles = async () => (await timersOf(app, person.id)).map(({ title }) => title);

  describe('start', () => {
    it.each([
      ['a percent-encoded form', FORM, 'title=%EC%88%98%ED%95%99', '수학'],
      ['a form in raw UTF-8 with a trailing &', FORM, 'title=수학 공부&', '수학 공부'],
      ['a form with a charset', `${FORM}; charset=UTF-8`, 'title=Math+1&', 'Math 1'],
      ['a form in an unusual spelling', 'Application/X-WWW-Form-Urlencoded', 'title=Math', 'Math'],
      ['a form with equal keys', FORM, 'title=one&title=two', 'two'],
      ['no content type', undefined, 'title=%EC%88%98%ED%95%99&', '수학'],
      ['no content type and JSON', undefined, '{"title":"수학"}', '수학'],
      ['JSON', 'application/json', '{"title":"수학"}', '수학'],
      ['JSON with a charset', 'application/json; charset=utf-8', '{"title":" \\uc218\\ud559 "}', '수학'],
      ['JSON with a number', 'application/json', '{"title":42}', '42'],
      ['JSON with a boolean', 'application/json', '{"title":false}', 'false'],
      ['JSON with equal keys', 'application/json', '{"title":"one","title":"two"}', 'two'],
      ['JSON under a form content type', FORM, '{"title":"수학"}', '수학'],
      ['multipart', MULTIPART, multipart(titlePart('수학')), '수학'],
      [
        'multipart as OkHttp writes it',
        MULTIPART,
        multipart([
          'Content-Disposition: form-data; name="title"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6',
          '수학',
        ]),
        '수학',
      ],
      [
        'multipart as .NET writes it',
        MULTIPART,
        multipart(['Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=title', '수학']),
        '수학',
      ],
      ['multipart with equal fields', MULTIPART, multipart(titlePart('one'), titlePart('two')), 'two'],
      [
        'multipart with a file beside it',
        MULTIPART,
        multipart(
          ['Content-Disposition: form-data; name="f"; filename="a.png"', Buffer.from([0xff, 0xfe])],
          titlePart('수학'),
        ),
        '수학',
      ],
      ['blanks around it', FORM, 'title=%20%E3%80%80Math%0A', 'Math'],
      ['255 code points', FORM, `title=${encodeURIComponent('😀'.repeat(255))}`, '😀'.repeat(255)],
    ])('takes %s', async (_, type, body, title) => {
      expect(await start(body, type)).toEqual(ROW.ok);
      expect(await timersOf(app, person.id)).toEqual([{ title, status: 'running' }]);
    });

    it.each([
      ['no body', FORM, ''],
      ['no body of no type', undefined, ''],
      ['no body of another type', 'text/xml', ''],
      ['another field', FORM, 'name=Math'],
      ['an empty title', FORM, 'title=&'],
      ['a blank title', FORM, 'title=%20+%E3%80%80'],
      ['256 code points', FORM, `title=${'a'.repeat(256)}`],
      ['300 characters', 'application/json', JSON.stringify({ title: '수'.repeat(300) })],
      ['U+0000', FORM, 'title=a%00b'],
      ['U+0000 in JSON', 'application/json', '{"title":"a\\u0000b"}'],
      ['a lone surrogate', FORM, 'title=%ED%A0%80'],
      ['a lone surrogate in JSON', 'application/json', '{"title":"a\\ud800"}'],
      [
        'a lone surrogate in multipart',
        MULTIPART,
        multipart(['Content-Disposition: form-data; name="title"', Buffer.from([0xed, 0xa0, 0x80])]),
      ],
      ['malformed JSON', 'application/json', '{"title":"Math"'],
      ['malformed JSON under a form content type', FORM, '{"title":"Math"'],
      ['a JSON array', 'application/json', '["title"]'],
      ['a JSON string', 'application/json', '"title"'],
      ['JSON null', 'application/json', 'null'],
      ['a null title', 'application/json', '{"title":null}'],
      ['a list as title', 'application/json', '{"title":["Math"]}'],
      ['an object as title', 'application/json', '{"title":{"a":1}}'],
      ['a title in the prototype', 'application/json', '{"__proto__":{"title":"Math"}}'],
      ['a blank title in multipart', MULTIPART, multipart(titlePart(' '))],
      [
        'a file as title',
        MULTIPART,
        multipart([
          'Content-Disposition: form-data; name="title"; filename="a.txt"\r\nContent-Type: text/plain',
          'Math',
        ]),
      ],
      ['multipart without a boundary', 'multipart/form-data', multipart(titlePart('Math'))],
      ['multipart that is cut off', MULTIPART, multipart(titlePart('Math')).subarray(0, -12)],
      ['multipart that is none', MULTIPART, 'title=Math'],
    ])('refuses %s', async (_, type, body) => {
      expect(await start(body, type)).toEqual(ROW.missing);
      expect(await titles()).toEqual([]);
    });

    it.each([
      'text/plain',
      'text/xml',
      'application/octet-stream',
      'application/jsonx',
      'multipart/mixed; boundary=xyz',
      'nonsense',
    ])('does not read %s', async (type) => {
      expect(await start('title=Math', type)).toEqual(ROW.unsupported);
    });

    it('does not know every compression', async () => {
      expect(await start('title=Math', FORM, { 'Content-Encoding': 'compress' })).toEqual(ROW.unsupported);
    });

    it('reads compressed bodies, and refuses broken ones', async () => {
      const gzip = { 'Content-Encoding': 'gzip' };
      expect(await start('title=Math', FORM, gzip)).toEqual(ROW.missing);
      expect(await start(gzipSync('title=Math').subarray(0, -6), FORM, gzip)).toEqual(ROW.missing);
      expect(await start('title=Math', 'text/xml', gzip)).toEqual(ROW.unsupported);
      expect(await start(gzipSync('title=수학'), FORM, gzip)).toEqual(ROW.ok);
      expect(await titles()).toEqual(['수학']);
    });

    it('refuses a second one, whatever its title', async () => {
      expect(await start('title=Math', FORM)).toEqual(ROW.ok);
      expect(await start('title=Art', FORM)).toEqual(ROW.running);
      expect(await start('title=', FORM)).toEqual(ROW.missing);
      expect(await titles()).toEqual(['Math']);
    });

    it('runs beside those of other people', async () => {
      expect(await start('title=Math', FORM)).toEqual(ROW.ok);
      person = await createPerson(app);
      expect(await start('title=Math', FORM)).toEqual(ROW.ok);
    });
  });

  describe('body limit', () => {
    const limit = 262_144;
    const form = (bytes: number) => Buffer.from(`title=Math&x=${'x'.repeat(bytes - 13)}`);
    const upload = (bytes: number) =>
      multipart(titlePart('Math'), ['Content-Disposition: form-data; name="f"; filename="f"', Buffer.alloc(bytes)]);

    it('takes a body that just fits', async () => {
      expect(await start(form(limit), FORM)).toEqual(ROW.ok);
    });

    it.each([
      ['a form', FORM, form(limit + 1)],
      ['JSON', 'application/json', JSON.stringify({ title: 'Math', x: 'x'.repeat(limit) })],
      ['multipart', MULTIPART, upload(limit)],
      ['another type', 'text/xml', form(limit + 1)],
      ['no type', undefined, form(limit + 1)],
      ['a chunked form', FORM, [form(limit), Buffer.from('x')]],
      ['chunked multipart', MULTIPART, [upload(limit), Buffer.from('x')]],
      ['20 MB', FORM, form(20_000_000)],
      ['20 MB in chunks', FORM, Array.from({ length: 20 }, () => form(1_000_000))],
    ])('refuses %s beyond it', async (_, type, body) => {
      expect(await start(body, type)).toEqual(ROW.tooLarge);
      expect(await titles()).toEqual([]);
    });

    it('counts what a compressed body unfolds to', async () => {
      const bomb = gzipSync(form(20_000_000));
      expect(bomb.length).toBeLessThan(limit);
      expect(await start(bomb, FORM, { 'Content-Encoding': 'gzip' })).toEqual(ROW.tooLarge);
    });
  });

  describe('stop', () => {
    it('stops the running timer once', async () => {
      await start('title=Math', FORM);
      expect(await stop()).toEqual(ROW.ok);
      expect(await stop()).toEqual(ROW.stopped);
      expect(await timersOf(app, person.id)).toEqual([{ title: 'Math', status: 'completed' }]);
    });

    it('has nothing to stop before the first start', async () => {
      expect(await stop()).toEqual(ROW.stopped);
    });

    it.each([
      ['broken JSON', 'application/json', '{'],
      ['another type', 'text/xml', '<a/>'],
      ['multipart without a boundary', 'multipart/form-data', 'x'],
      ['20 MB', FORM, Buffer.alloc(20_000_000, 'x')],
      ['20 MB in chunks', 'nonsense', Array.from({ length: 20 }, () => Buffer.alloc(1_000_000))],
    ])('ignores %s', async (_, type, body) => {
      await start('title=Math', FORM);
      expect(await send(app.url, { path: STOP, headers: { ...person.auth, 'Content-Type': type }, body })).toEqual(
        ROW.ok,
      );
    });

    it('ignores a compression that does not fit', async () => {
      const headers = { ...person.auth, 'Content-Encoding': 'gzip' };
      expect(await send(app.url, { path: STOP, headers, body: 'x' })).toEqual(ROW.stopped);
    });
  });

  it('serves both slash forms directly', async () => {
    const headers = { ...person.auth, 'Content-Type': FORM };
    expect(await send(app.url, { path: '/v1/user/timer/start', headers, body: 'title=Math' })).toEqual(ROW.ok);
    expect(await stop('/v1/user/timer/stop')).toEqual(ROW.ok);
    expect(await send(app.url, { path: START, headers, body: 'title=Math' })).toEqual(ROW.ok);
    expect(await stop(STOP)).toEqual(ROW.ok);
  });

  describe('token', () => {
    const paths = [START, START.slice(0, -1), STOP, STOP.slice(0, -1)];
    const unknown = '0'.repeat(40);

    it.each([undefined, '', 'Token', 'Token null', `Token ${unknown}`, `Bearer ${unknown}`, 'Basic YTpi', unknown])(
      'refuses %j',
      async (Authorization) => {
        for (const path of paths) {
          const headers = { 'Content-Type': FORM, ...(Authorization === undefined ? {} : { Authorization }) };
          expect(await send(app.url, { path, headers, body: 'title=Math' })).toEqual(ROW.invalidToken);
        }
      },
    );

    it('takes exactly one part, the scheme in any case', async () => {
      const { token } = person;
      const check = (Authorization: string) => send(app.url, { path: STOP, headers: { Authorization } });
      for (const header of [`token ${token}`, `TOKEN  ${token}`]) expect(await check(header)).toEqual(ROW.stopped);
      for (const header of [`Token ${token} x`, `Token${token}`, token, `Token ${token.toUpperCase()}`]) {
        expect(await check(header)).toEqual(ROW.invalidToken);
      }
    });

    it('stops working at once when it is revoked here', async () => {
      expect(await stop()).toEqual(ROW.stopped);
      await app.app.get(LegacyTokens).revoke({ token: person.token });
      expect(await stop()).toEqual(ROW.invalidToken);
    });
  });

  describe('order of checks', () => {
    const big = Buffer.alloc(300_000, 'x');

    it('404 and 405 come before 401', async () => {
      expect(await send(app.url, { path: '/v1/user/timer/pause/' })).toEqual(
        answer(404, '{"detail":"Not Found","status":404,"data":{}}'),
      );
      expect(await send(app.url, { method: 'GET', path: START })).toEqual(
        answer(405, '{"detail":"Method Not Allowed","status":405,"data":{}}', { allow: 'POST' }),
      );
    });

    it('401 comes before 413, 415 and 400', async () => {
      const headers = { Authorization: 'Token null', 'Content-Type': 'text/xml' };
      expect(await send(app.url, { path: START, headers, body: big })).toEqual(ROW.invalidToken);
      expect(await send(app.url, { path: START, headers, body: 'x' })).toEqual(ROW.invalidToken);
      expect(await send(app.url, { path: START, headers })).toEqual(ROW.invalidToken);
    });

    it('413 comes before 415, 415 before 400, and 400 before 409', async () => {
      await start('title=Math', FORM);
      expect(await start(big, 'text/xml')).toEqual(ROW.tooLarge);
      expect(await start('x', 'text/xml')).toEqual(ROW.unsupported);
      expect(await start('title=', FORM)).toEqual(ROW.missing);
      expect(await start('title=Math', FORM)).toEqual(ROW.running);
    });
  });

  describe('what is no call', () => {
    it.each([
      '/v1/user',
      '/v1/user/',
      '/v1/user/timer',
      '/v1/user/timer/start/x',
      '/v1/user/timer/%',
      '/v1/user/x?title=Math',
    ])('is 404 at %s', async (path) => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        expect(await send(app.url, { method, path, headers: person.auth })).toEqual(
          answer(404, '{"detail":"Not Found","status":404,"data":{}}'),
        );
      }
    });

    it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is 405 for %s', async (method) => {
      for (const path of [START, START.slice(0, -1), STOP, STOP.slice(0, -1)]) {
        expect(await send(app.url, { method, path, headers: person.auth })).toEqual(
          answer(405, '{"detail":"Method Not Allowed","status":405,"data":{}}', { allow: 'POST' }),
        );
      }
    });
  });

  it('lets exactly one of fifty starts through, and one of fifty stops', async () => {
    const starts = await Promise.all(Array.from({ length: 50 }, () => start('title=Math', FORM)));
    expect(starts.filter(({ status }) => status === 200)).toEqual([ROW.ok]);
    expect(starts.filter(({ status }) => status !== 200)).toEqual(Array.from({ length: 49 }, () => ROW.running));
    const stops = await Promise.all(Array.from({ length: 50 }, () => stop()));
    expect(stops.filter(({ status }) => status === 200)).toEqual([ROW.ok]);
    expect(stops.filter(({ status }) => status !== 200)).toEqual(Array.from({ length: 49 }, () => ROW.stopped));
    expect(await titles()).toEqual(['Math']);
  });

  it('says with 400 that a limit is reached', async () => {
    await app.dataSource.query(
      `INSERT INTO timers (id, user_id, origin, title, allocated_duration, status, elapsed_time, started_at, paused_at, history, revision, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'v1', 'x', 60, 'paused', 0, now(), now(), '[]', 1, now(), now() FROM generate_series(1, 1000)`,
      [person.id],
    );
    expect(await start('title=Math', FORM)).toEqual(
      answer(400, '{"status":400,"detail":"Too many active timers","data":{}}'),
    );
  });
});

describe('legacy timer with LEGACY_STRICT_BODY', () => {
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    app = await startTestApp({ env: { LEGACY_STRICT_BODY: 'true', PUBLIC_URL: 'https://timer.example.com' } });
    person = await createPerson(app);
  });
  afterAll(() => app.close());

  it("sends the seed's bytes alone", async () => {
    const link = { link: '<https://timer.example.com/docs#legacy>; rel="successor-version"' };
    const call = (path: string, body: string) =>
      send(app.url, { path, headers: { ...person.auth, 'Content-Type': FORM }, body });
    expect(await call(START, 'title=Math')).toEqual(answer(200, '{"status":200,"detial":"OK","data":{}}', link));
    expect(await call(START, 'title=Math')).toEqual(
      answer(409, '{"status":409,"detial":"Timer is already running","data":{}}', link),
    );
    expect(await call(START, '')).toEqual({ ...ROW.missing, headers: { ...ROW.missing.headers, ...link } });
    expect(await call(STOP, '')).toEqual(answer(200, '{"status":200,"detial":"OK","data":{}}', link));
    expect(await call(STOP, '')).toEqual(
      answer(409, '{"status":409,"detial":"Timer is already stopped","data":{}}', link),
    );
  });
});
