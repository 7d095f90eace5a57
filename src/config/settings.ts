import { customCleanEnv, str } from 'envalid';
import { resolve } from 'node:path';

import { everyAddress } from './default-host.js';
import { duration, flag, httpUrl, origins, trustProxy, urlOf, whole } from './parsers.js';

/** Dependency-injection token of the {@link Settings}. */
export const SETTINGS = Symbol('SETTINGS');

/** The settings are invalid: one line for every invalid or contradictory variable. */
export class InvalidSettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'InvalidSettingsError';
  }
}

export type Settings = ReturnType<typeof readSettings>;

const OPTIONAL = { default: undefined };
const IN_PRODUCTION = {
  default: undefined,
  requiredWhen: (env: Record<string, unknown>) => env['NODE_ENV'] === 'production',
};

const QUARTER_HOUR_MS = 900_000;
const DAY_MS = 86_400_000;

const SPECIFICATION = {
  NODE_ENV: str({ choices: ['development', 'test', 'production'], default: 'development' }),
  HOST: str(OPTIONAL),
  PORT: whole(0, 65_535)({ default: 8000 }),
  PUBLIC_URL: httpUrl(IN_PRODUCTION),
  SHARE_URL_BASE: httpUrl(OPTIONAL),
  DATABASE_URL: urlOf('postgres:', 'postgresql:')(OPTIONAL),
  DATABASE_POOL_SIZE: whole(3, 1_000)({ default: 10 }),
  WRITE_QUEUE_MAX: whole(1)({ default: 10_000 }),
  DATA_DIR: str({ default: '.data' }),
  REDIS_URL: urlOf('redis:', 'rediss:')(OPTIONAL),
  JWT_SECRET: str(IN_PRODUCTION),
  JWT_ISSUER: str({ default: 'metronome' }),
  JWT_AUDIENCE: str({ default: 'metronome' }),
  JWT_ACCESS_TTL: duration(OPTIONAL),
  JWT_REFRESH_TTL: duration({ default: 30 * 86_400_000 }),
  OIDC_ISSUER_URL: httpUrl(OPTIONAL),
  OIDC_AUDIENCE: str(OPTIONAL),
  OIDC_DISCOVERY_URL: httpUrl(OPTIONAL),
  OIDC_TRUST_USER_METADATA: flag({ default: false }),
  AUTH_MODE: str({ choices: ['required', 'open'], default: 'required' }),
  CORS_ALLOWED_ORIGINS: origins(OPTIONAL),
  TRUST_PROXY: trustProxy({ default: false }),
  RATE_LIMIT_ENABLED: flag({ default: true }),
  RATE_LIMIT_MAX: whole(1)({ default: 500 }),
  RATE_LIMIT_WINDOW_SECONDS: whole(1)({ default: 10 }),
  BODY_MAX_BYTES: whole(1)({ default: 262_144 }),
  WS_MAX_FRAME_BYTES: whole(1)({ default: 131_072 }),
  WS_MAX_PER_USER: whole(1)({ default: 20 }),
  WS_MAX_PER_ADDRESS: whole(1)({ default: 1_000 }),
  ROOM_MAX_PARTICIPANTS: whole(1)({ default: 50 }),
  ROOM_RETENTION: duration({ default: 365 * 86_400_000 }),
  SMTP_URL: urlOf('smtp:', 'smtps:')(OPTIONAL),
  MAIL_FROM: str(OPTIONAL),
  LEGACY_STRICT_BODY: flag({ default: false }),
  REALTIME_NAIVE_UTC: flag({ default: false }),
  CHANGE_LOG_RETENTION: duration({ default: 7 * 86_400_000 }),
  LOG_LEVEL: str({ choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], default: 'info' }),
  LOG_FORMAT: str({ choices: ['pretty', 'json'], default: process.stdout.isTTY ? 'pretty' : 'json' }),
  METRICS_ENABLED: flag({ default: true }),
  METRICS_TOKEN: str(OPTIONAL),
  PLAYGROUND: flag(OPTIONAL),
  METRONOME_TEST: str({ choices: ['1'], ...OPTIONAL }),
};

type Variables = ReturnType<typeof parse>;

function parse(env: NodeJS.ProcessEnv, problems: string[]) {
  // Avoids the library's proxy, which throws on access to a variable that could not be parsed.
  return customCleanEnv(env, SPECIFICATION, (variables) => variables, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors)) {
        const missing = env[name] === undefined;
        problems.push(`${name}: ${missing ? 'must be set in production' : error.message}`);
      }
    },
  });
}

/** Checks for values that contradict each other. A variable that could not be parsed counts as unset. */
function contradictions(env: Variables): string[] {
  const problems: string[] = [];
  const refuse = (wrong: boolean, text: string) => {
    if (wrong) problems.push(text);
  };
  const production = env.NODE_ENV === 'production';
  refuse(production && env.AUTH_MODE === 'open', 'AUTH_MODE: open is for development, production refuses it');
  refuse(production && env.METRONOME_TEST !== undefined, 'METRONOME_TEST: production refuses it');
  refuse(
    env.JWT_SECRET !== undefined && Buffer.byteLength(env.JWT_SECRET) < 32,
    'JWT_SECRET: at least 32 bytes (openssl rand -base64 48 makes one)',
  );
  refuse((env.JWT_ACCESS_TTL ?? 0) > DAY_MS, 'JWT_ACCESS_TTL: at most 24h');
  refuse(env.JWT_ACCESS_TTL === 0 || env.JWT_REFRESH_TTL === 0, 'JWT_ACCESS_TTL, JWT_REFRESH_TTL: more than 0');
  refuse(env.CHANGE_LOG_RETENTION < 86_400_000, 'CHANGE_LOG_RETENTION: at least 1d, the log is kept by the day');
  refuse(env.SMTP_URL !== undefined && env.MAIL_FROM === undefined, 'MAIL_FROM: needed with SMTP_URL');
  for (const name of ['OIDC_AUDIENCE', 'OIDC_DISCOVERY_URL'] as const) {
    refuse(env[name] !== undefined && env.OIDC_ISSUER_URL === undefined, `${name}: needs OIDC_ISSUER_URL`);
  }
  return problems;
}

/**
 * Parses the environment into the server's settings (contracts: docs/spec/settings.md#settings). An empty variable
 * counts as unset.
 * @throws InvalidSettingsError naming every invalid or contradictory variable
 */
export function readSettings(environment: NodeJS.ProcessEnv) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const problems: string[] = [];
  const env = parse(given, problems);
  problems.push(...contradictions(env));
  if (problems.length > 0) throw new InvalidSettingsError(problems);
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
  return {
    production: env.NODE_ENV === 'production',
    /** Neither production nor test; replies may include hints for developers. */
    development: env.NODE_ENV === 'development',
    http: {
      host: env.HOST ?? (env.AUTH_MODE === 'open' ? '127.0.0.1' : everyAddress()),
      port: env.PORT,
      /** The URL by which clients reach the server; `http://localhost:<PORT>` by default. */
      publicUrl,
      /** Whether the operator set it, so that share URLs need not follow the request. */
      publicUrlGiven: env.PUBLIC_URL !== undefined,
      shareUrlBase: env.SHARE_URL_BASE,
      trustProxy: env.TRUST_PROXY,
      bodyMaxBytes: env.BODY_MAX_BYTES,
      corsAllowedOrigins: env.CORS_ALLOWED_ORIGINS,
    },
    database: {
      /** The operator's database; if undefined, the embedded server in `dataDir` is started. */
      url: env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      writeQueueMax: env.WRITE_QUEUE_MAX,
      changeLogRetentionMs: env.CHANGE_LOG_RETENTION,
    },
    dataDir: resolve(env.DATA_DIR),
    redisUrl: env.REDIS_URL,
    auth: {
      mode: env.AUTH_MODE,
      jwtSecret: env.JWT_SECRET,
      jwtIssuer: env.JWT_ISSUER,
      jwtAudience: env.JWT_AUDIENCE,
      // Longer in development, because the guides' clients use one token and cannot renew it.
      accessTtlMs: env.JWT_ACCESS_TTL ?? (env.NODE_ENV === 'production' ? QUARTER_HOUR_MS : DAY_MS),
      refreshTtlMs: env.JWT_REFRESH_TTL,
      oidc: {
        issuerUrl: env.OIDC_ISSUER_URL,
        audience: env.OIDC_AUDIENCE,
        discoveryUrl: env.OIDC_DISCOVERY_URL,
        trustUserMetadata: env.OIDC_TRUST_USER_METADATA,
      },
    },
    rateLimits: {
      enabled: env.RATE_LIMIT_ENABLED,
      roomsMax: env.RATE_LIMIT_MAX,
      roomsWindowSeconds: env.RATE_LIMIT_WINDOW_SECONDS,
    },
    sockets: {
      maxFrameBytes: env.WS_MAX_FRAME_BYTES,
      maxPerUser: env.WS_MAX_PER_USER,
      maxPerAddress: env.WS_MAX_PER_ADDRESS,
      naiveUtc: env.REALTIME_NAIVE_UTC,
    },
    rooms: { maxParticipants: env.ROOM_MAX_PARTICIPANTS, retentionMs: env.ROOM_RETENTION },
    mail: { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM },
    legacy: { strictBody: env.LEGACY_STRICT_BODY },
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT },
    metrics: { enabled: env.METRICS_ENABLED, token: env.METRICS_TOKEN },
    playground: env.PLAYGROUND ?? env.NODE_ENV !== 'production',
    testControl: env.METRONOME_TEST !== undefined,
  };
}
