import { readFileSync } from 'node:fs';

import { everyAddress } from './default-host.js';
import { InvalidSettingsError, readSettings } from './settings.js';

const problemsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    return (error as InvalidSettingsError).problems;
  }
};

const PRODUCTION = { NODE_ENV: 'production', PUBLIC_URL: 'https://timer.example', JWT_SECRET: 'x'.repeat(32) };

describe('readSettings', () => {
  it('needs nothing in development', () => {
    const settings = readSettings({});
    expect(settings.http).toMatchObject({ host: everyAddress(), port: 8000, publicUrl: 'http://localhost:8000' });
    expect(settings.database).toMatchObject({ url: undefined, poolSize: 10, writeQueueMax: 10_000 });
    expect(settings.auth).toMatchObject({ accessTtlMs: 86_400_000, refreshTtlMs: 2_592_000_000 });
  });

  it('makes access tokens that last a day in development and a quarter of an hour in production', () => {
    const lifetimeOf = (env: NodeJS.ProcessEnv) => readSettings(env).auth.accessTtlMs;
    expect(lifetimeOf({})).toBe(86_400_000);
    expect(lifetimeOf({ NODE_ENV: 'development' })).toBe(86_400_000);
    expect(lifetimeOf(PRODUCTION)).toBe(900_000);
    expect(lifetimeOf({ ...PRODUCTION, JWT_ACCESS_TTL: '2h' })).toBe(7_200_000);
  });

  it('listens on the loopback alone when anybody may come in', () => {
    expect(readSettings({ AUTH_MODE: 'open' }).http.host).toBe('127.0.0.1');
  });

  it('takes an empty variable for an unset one', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '' }).http.port).toBe(8000);
  });

  it('names every bad variable at once', () => {
    const problems = problemsOf({
      PORT: 'eight',
      JWT_REFRESH_TTL: '30',
      LEGACY_STRICT_BODY: 'yes',
      TRUST_PROXY: 'true',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'JWT_REFRESH_TTL',
      'TRUST_PROXY',
      'LEGACY_STRICT_BODY',
    ]);
  });

  it('wants what has no default in production', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
      'PUBLIC_URL: must be set in production',
      'JWT_SECRET: must be set in production',
    ]);
    expect(problemsOf(PRODUCTION)).toEqual([]);
  });

  it.each([
    [{ ...PRODUCTION, AUTH_MODE: 'open' }, 'AUTH_MODE'],
    [{ ...PRODUCTION, METRONOME_TEST: '1' }, 'METRONOME_TEST'],
    [{ JWT_SECRET: 'short' }, 'JWT_SECRET'],
    [{ JWT_ACCESS_TTL: '25h' }, 'JWT_ACCESS_TTL'],
    [{ SMTP_URL: 'smtp://mail.example' }, 'MAIL_FROM'],
    [{ OIDC_AUDIENCE: 'timers' }, 'OIDC_AUDIENCE'],
    [{ CHANGE_LOG_RETENTION: '6h' }, 'CHANGE_LOG_RETENTION'],
    [{ TRUST_PROXY: 'my-proxy' }, 'TRUST_PROXY'],
    [{ CORS_ALLOWED_ORIGINS: 'app.example' }, 'CORS_ALLOWED_ORIGINS'],
    [{ CORS_ALLOWED_ORIGINS: 'https://app.example/path' }, 'CORS_ALLOWED_ORIGINS'],
    [{ CORS_ALLOWED_ORIGINS: 'https://*.example' }, 'CORS_ALLOWED_ORIGINS'],
    [{ CORS_ALLOWED_ORIGINS: 'file://' }, 'CORS_ALLOWED_ORIGINS'],
    [{ CORS_ALLOWED_ORIGINS: 'https://app.example:99999' }, 'CORS_ALLOWED_ORIGINS'],
  ])('refuses %j', (env: NodeJS.ProcessEnv, name) => {
    expect(problemsOf(env).map((problem) => problem.split(':')[0])).toEqual([name]);
  });

  it('takes origins of any scheme, null, and proxies by number or address', () => {
    const list = 'https://app.example/, wss://api.example:8443,capacitor://localhost,app://.,tauri://localhost,null';
    const { corsAllowedOrigins, trustProxy } = readSettings({
      CORS_ALLOWED_ORIGINS: list,
      TRUST_PROXY: '10.0.0.0/8, loopback',
    }).http;
    expect(corsAllowedOrigins).toEqual([
      ...['https://app.example', 'wss://api.example:8443', 'capacitor://localhost', 'app://.', 'tauri://localhost'],
      'null',
    ]);
    expect([trustProxy, readSettings({ TRUST_PROXY: '2' }).http.trustProxy]).toEqual(['10.0.0.0/8, loopback', 2]);
  });

  it('keeps a secret out of its complaints', () => {
    expect(problemsOf({ DATABASE_URL: 'mysql://u:hunter2@h/d', JWT_SECRET: 'hunter2' }).join()).not.toContain(
      'hunter2',
    );
  });

  it('knows every variable that .env.example documents, and the other way round', () => {
    const documented = [...readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    const source = readFileSync('src/config/settings.ts', 'utf8');
    const known = [...source.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
    expect(documented).toEqual([...known, 'TEST_DATABASE_URL', 'SEEDS_DIR']);
  });
});
