import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** No secret is in the repository (docs/security.md): every tracked file, whatever it is called. */

const ROOT = join(__dirname, '..', '..');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);

/** What secrets look like. Words that only name one are none, nor is what a test makes up. */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['a JWT', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/],
  ['a cloud key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36,}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ['an API key', /\bsk-(?:live|ant|proj)?[-_]?[A-Za-z0-9]{24,}/],
  ['an argon2 hash', /\$argon2id\$v=19\$[^$\s]+\$[A-Za-z0-9+/]{16,}\$[A-Za-z0-9+/]{32,}/],
  [
    'a setting with a value',
    /^\s*(?:export )?(?:JWT_SECRET|METRICS_TOKEN|SMTP_URL|DATABASE_URL|REDIS_URL)=[^\s#$<{]{8,}$/m,
  ],
];

/** Lock files and pictures are long and hold hashes; nobody types into them. */
const IGNORED = /(^|\/)package-lock\.json$|\.(png|jpg|ico|woff2?|gz|br)$/;

const secretsIn = (text: string): string[] => SECRETS.flatMap(([name, pattern]) => (pattern.test(text) ? [name] : []));

it('finds what it looks for', () => {
  const samples = [
    ['-----BEGIN RSA ', 'PRIVATE KEY-----'],
    [`eyJ${'a'.repeat(12)}.eyJ`, `${'b'.repeat(12)}.${'c'.repeat(24)}`],
    ['AKIA', 'ABCDEFGHIJKLMNOP'],
    ['gh', `p_${'a'.repeat(36)}`],
    ['npm', `_${'a'.repeat(36)}`],
    ['xox', 'b-1234567890-abc'],
    ['sk', `-live_${'a'.repeat(24)}`],
    ['$argon2id$v=19$', `m=1,t=1,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`],
    ['JWT_SECRET', '=0123456789abcdef'],
  ].map((parts) => parts.join(''));
  expect(samples.map((sample) => secretsIn(sample).length)).toEqual(samples.map(() => 1));
});

it('has none', () => {
  expect(tracked.length).toBeGreaterThan(300);
  const found = tracked
    .filter((name) => !IGNORED.test(name) && statSync(join(ROOT, name), { throwIfNoEntry: false })?.isFile() === true)
    .flatMap((name) => secretsIn(readFileSync(join(ROOT, name), 'utf8')).map((what) => `${name}: ${what}`));
  expect(found).toEqual([]);
});

it('has no file that holds them', () => {
  const names =
    /(^|\/)(\.env(\.(?!example)[\w.]+)?|\.npmrc\.local|id_(rsa|ed25519)|.*\.(pem|key|p12|pfx|jks|kdbx)|\.data\/.*)$/;
  expect(tracked.filter((name) => names.test(name))).toEqual([]);
});

describe('what an operator makes in a checkout', () => {
  const SECRET = [
    '.env',
    '.env.production',
    '.env.local',
    '.data/jwt-secret',
    '.data-old/postgres/PG_VERSION',
    '.data.old/x',
  ];
  const BACKUPS = ['metronome.backup', 'backups/2026-11-30.backup', 'metronome.backup.0a1b2c3d.part'];
  const KEPT = ['.env.example', 'src/cli/backup/backup.ts', 'docs/operations.md', 'src/config/environment.ts'];
  const folder = mkdtempSync(join(tmpdir(), 'metronome-ignored-'));
  execFileSync('git', ['init', '--quiet', folder]);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Those of them that these rules leave out, as git reads rules. */
  function ignoredBy(rules: string, names: readonly string[]): string[] {
    const file = join(folder, 'rules');
    writeFileSync(file, rules);
    const args = ['-C', folder, '-c', `core.excludesFile=${file}`, 'check-ignore', '--no-index', ...names];
    return spawnSync('git', args, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  }

  it('is no part of a commit', () => {
    const rules = readFileSync(join(ROOT, '.gitignore'), 'utf8');
    expect(ignoredBy(rules, [...SECRET, ...BACKUPS, ...KEPT])).toEqual([...SECRET, ...BACKUPS]);
  });

  it('is no part of an image', () => {
    // Docker's rules begin at the top unless they say otherwise, git's apply everywhere.
    const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8').replace(/^(?!\*\*\/|$)/gm, '/');
    const names = [...SECRET, 'web/.env', 'web/.env.local', ...BACKUPS];
    expect(ignoredBy(rules, [...names, ...KEPT.filter((name) => !name.startsWith('.env'))])).toEqual(names);
  });
});
