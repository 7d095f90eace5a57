import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

import { readSettings } from '../../src/config/settings.js';

/** js-yaml has no types of its own. */
const { load } = createRequire(resolve('package.json'))('js-yaml') as { readonly load: (text: string) => unknown };

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

/** What `npm run cluster` consists of. */
interface Parts {
  readonly DEFAULT_PORT: number;
  readonly REDIS_ARGUMENTS: readonly string[];
  readonly INSTANCES: readonly string[];
  readonly HEALTH: Readonly<Record<'postgres' | 'redis' | 'metronome' | 'loadBalancer', string>>;
  readonly STOP_WITHIN_SECONDS: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly names: Readonly<Record<string, string>>;
}

const SHOW = `
  import * as parts from './deploy/cluster/services.mjs';
  const settings = parts.instanceSettings({ databaseUrl: 'd', redisUrl: 'r', publicUrl: 'u', port: 1, dataDir: 'f' });
  const names = parts.balancerNames({ instances: ['a', 'b'], listen: 'l' });
  console.log(JSON.stringify({ ...parts, settings, names }));`;

const read = (file: string): string => readFileSync(file, 'utf8');
const keysOf = (object: object = {}): string[] => Object.keys(object).sort();

describe('docker-compose.yml and `npm run cluster`', () => {
  const { services } = load(read('docker-compose.yml')) as { services: Record<string, Service> };
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', SHOW], { encoding: 'utf8' });
  const parts = JSON.parse(stdout) as Parts;
  const dockerfile = read('Dockerfile');
  const image = Object.fromEntries(
    [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => line.split(' ').map((pair) => pair.split('='))),
  ) as Record<string, string>;
  const instance = services['metronome-a'] ?? {};

  it('have the same services', () => {
    expect(keysOf(services)).toEqual(['load-balancer', ...parts.INSTANCES, 'postgres', 'redis'].sort());
    for (const name of parts.INSTANCES) expect(services[name]).toEqual(instance);
    expect(instance.build).toBe('.');
    for (const { restart } of Object.values(services)) expect(restart).toBe('unless-stopped');
  });

  it('give the instances the same settings', () => {
    expect(keysOf({ ...image, ...instance.environment }).filter((name) => name !== 'NODE_ENV')).toEqual(
      keysOf(parts.settings),
    );
    for (const name of ['TRUST_PROXY', 'LOG_FORMAT']) {
      expect({ ...image, ...instance.environment }[name]).toBe(parts.settings[name]);
    }
  });

  it('give them settings that a start in production accepts', () => {
    const given = { POSTGRES_PASSWORD: 'secret', JWT_SECRET: 'x'.repeat(32), PUBLIC_URL: 'https://timers.example.com' };
    const settings = readSettings({
      ...image,
      ...interpolated(instance.environment ?? {}, given),
      NODE_ENV: 'production',
    });
    const { POSTGRES_USER: user, POSTGRES_DB: database } = services['postgres']?.environment ?? {};
    expect(settings.database.url).toBe(`postgres://${user ?? ''}:secret@postgres:5432/${database ?? ''}`);
    expect(settings.redisUrl).toBe('redis://redis:6379');
  });

  it('start Redis alike: it keeps nothing', () => {
    expect(services['redis']?.command).toEqual(['redis-server', ...parts.REDIS_ARGUMENTS]);
  });

  it('have the load balancer read one template, on the same port, with the same names', () => {
    const balancer = services['load-balancer'];
    const template = read('deploy/nginx.conf.template');
    const names = [...new Set([...template.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name))].sort();
    expect(keysOf(balancer?.environment)).toEqual(keysOf(parts.names));
    expect(keysOf(balancer?.environment)).toEqual(names);
    expect(balancer?.environment).toMatchObject({
      INSTANCE_A: `${parts.INSTANCES[0] ?? ''}:${image['PORT'] ?? ''}`,
      INSTANCE_B: `${parts.INSTANCES[1] ?? ''}:${image['PORT'] ?? ''}`,
    });
    expect(balancer?.ports).toEqual([`${parts.DEFAULT_PORT}:${balancer?.environment?.['LISTEN'] ?? ''}`]);
    expect(balancer?.volumes).toEqual(['./deploy/nginx.conf.template:/etc/nginx/templates/default.conf.template:ro']);
    expect(dockerfile).toContain(`EXPOSE ${image['PORT'] ?? ''}`);
  });

  it('ask after everybody’s health in the same way, and wait for it in the same order', () => {
    const testOf = (name: string) => services[name]?.healthcheck?.test.join(' ') ?? '';
    expect(testOf('postgres')).toContain(parts.HEALTH.postgres);
    expect(testOf('redis')).toContain(parts.HEALTH.redis);
    expect(testOf('load-balancer')).toContain(parts.HEALTH.loadBalancer);
    expect(/^HEALTHCHECK [\s\S]*?CMD \[.*$/m.exec(dockerfile)?.[0]).toContain(`'${parts.HEALTH.metronome}'`);
    const healthy = { condition: 'service_healthy' };
    expect(instance.depends_on).toEqual({ postgres: healthy, redis: healthy });
    expect(services['load-balancer']?.depends_on).toEqual(
      Object.fromEntries(parts.INSTANCES.map((name) => [name, healthy])),
    );
    expect(instance.stop_grace_period).toBe(`${parts.STOP_WITHIN_SECONDS}s`);
  });
});

/** As Compose fills in `${NAME}` and `${NAME:?message}`. */
function interpolated(values: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+)(:\?[^}]*)?\}/g, (_, variable: string) => given[variable] ?? ''),
    ]),
  );
}
