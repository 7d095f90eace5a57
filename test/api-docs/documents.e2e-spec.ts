import { startTestApp, type TestApp } from '../support/app.js';

const get = (app: TestApp, path: string, headers: Record<string, string> = {}) =>
  fetch(`${app.url}${path}`, { headers });

describe('the documents over HTTP', () => {
  let app: TestApp;
  let closed: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    const env = { PLAYGROUND: 'false', PUBLIC_URL: 'https://metronome.example.com' };
    closed = await startTestApp({ env, connection: app.connection });
  });

  afterAll(async () => {
    await closed.close();
    await app.close();
  });

  it('are OpenAPI 3.1 and AsyncAPI 3, the latter naming the server', async () => {
    const openApi = (await (await get(app, '/openapi.json')).json()) as { openapi: string; tags: { name: string }[] };
    expect(openApi.openapi).toBe('3.1.0');
    expect(openApi.tags.map(({ name }) => name)).toEqual(['Legacy', 'v1', 'Rooms', 'Server']);
    const asyncApi = (await (await get(closed, '/asyncapi.json')).json()) as { asyncapi: string; servers: object };
    expect(asyncApi.asyncapi).toMatch(/^3\./);
    expect(asyncApi.servers).toMatchObject({ this: { host: 'metronome.example.com', protocol: 'wss' } });
  });

  it.each(['/docs', '/redoc', '/asyncapi', '/playground'])('%s is a page with a policy of its own', async (path) => {
    const answer = await get(app, path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`default-src 'none'; script-src 'self'; `);
    expect(policy).toContain(`frame-ancestors 'none'`);
    const html = await answer.text();
    expect(html).not.toMatch(/<script>|<script [^>]*src="(?!\/api-docs\/)|style="|(src|href)="https?:\/\//);
  });

  it('has no playground where there is to be none', async () => {
    expect((await get(closed, '/playground')).status).toBe(404);
  });

  it('serves what the pages load, compressed, and again only when it changed', async () => {
    const plain = await get(app, '/api-docs/docs.js', { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('content-type')).toMatch(/^text\/javascript/);
    const packed = await get(app, '/api-docs/swagger-ui-bundle.js', { 'accept-encoding': 'br' });
    expect(packed.headers.get('content-encoding')).toBe('br');
    const again = await get(app, '/api-docs/swagger-ui-bundle.js', {
      'accept-encoding': 'br',
      // Of its own accord fetch would ask past every cache.
      'cache-control': 'max-age=0',
      'if-none-match': packed.headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
    for (const name of ['asyncapi.css', 'favicon-32x32.png', 'redoc.standalone.js']) {
      expect((await get(app, `/api-docs/${name}`)).status).toBe(200);
    }
  });

  it.each(['nothing.js', '.built', '..%2f..%2fpackage.json', 'docs.js.br'])('serves nothing else: %s', async (name) => {
    expect((await get(app, `/api-docs/${name}`)).status).toBe(404);
  });
});
