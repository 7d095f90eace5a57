import type { Type } from '@nestjs/common';

import type { FieldNotes } from '../../common/validation/request-schema.js';
import { ListQuery } from '../../v1/http/list.requests.js';
import { TimerListQuery } from '../../v1/timers/timer.requests.js';
import { type Schema, text, whole } from '../schema.js';
import { type Part, queriesOf } from './parts.js';

/** Parameters, headers and security schemes that several calls share. */

const header = (description: string, schema: Schema = text()): Part => ({ description, schema });
const link = (example: string): Schema => text(undefined, { examples: [example] });

export const HEADERS: Readonly<Record<string, Part>> = {
  XRequestId: { ...header('Identifies the request in the log; a given one is returned.'), required: true },
  XServerTime: { ...header('The server’s clock, Unix milliseconds.', whole()), required: true },
  XRateLimitLimit: header('Requests allowed in the window; absent when limits are off.', whole()),
  XRateLimitRemaining: header('Requests left in the window.', whole(undefined, { minimum: 0 })),
  XRateLimitReset: header('End of the window in epoch seconds.', whole()),
  RetryAfter: { ...header('Seconds to wait.', whole(undefined, { minimum: 1 })), required: true },
  RetryAfterSometimes: header('Seconds to wait, if waiting helps.', whole(undefined, { minimum: 1 })),
  StrictTransportSecurity: header('With an https `PUBLIC_URL`.'),
  WWWAuthenticate: header('How to authenticate.', text(undefined, { enum: ['Bearer', 'Token'] })),
  Allow: { ...header('The methods that the path supports.'), required: true },
  Upgrade: { ...header('The protocol to upgrade to.', text(undefined, { enum: ['websocket'] })), required: true },
  Link: header(
    'The next page; absent on the last one.',
    link('<http://localhost:8000/v1/timers?cursor=WzE3Njk1OTQ0MDBd>; rel="next"'),
  ),
  LinkSuccessor: {
    ...header(
      'The successor of this call.',
      link('<http://localhost:8000/docs>; rel="successor-version", <http://localhost:8000/docs>; rel="deprecation"'),
    ),
    required: true,
  },
  LinkDocs: {
    ...header('The successor of this API.', link('<http://localhost:8000/docs#legacy>; rel="successor-version"')),
    required: true,
  },
  Deprecation: {
    ...header('Deprecated since: 2026-01-28.', text(undefined, { const: '@1769558400' })),
    required: true,
  },
  IdempotencyReplayed: header(
    'The stored response of an earlier request with the same key.',
    text(undefined, { const: 'true' }),
  ),
  SetCookie: header('An HttpOnly, SameSite=Strict cookie.'),
  CacheControl: header('How long the response may be cached.'),
  ContentDisposition: header('The name of the file.'),
  ETag: header('A tag of this content.'),
  ContentEncoding: header('The compression.', text(undefined, { enum: ['br', 'gzip'] })),
  ContentSecurityPolicy: header('What the page may load: only resources of this server.'),
  CrossOriginOpenerPolicy: header('`same-origin`'),
  ReferrerPolicy: header('`no-referrer`'),
  XContentTypeOptions: header('`nosniff`'),
  SecWebSocketProtocol: header('The accepted subprotocol.'),
};

const FLAG = 'true/false, 1/0, yes/no, on/off.';

/** Query parameters that several calls share, by their names in `components`. */
const SHARED_QUERIES: Readonly<Record<string, Part>> = {
  ...shared(ListQuery, {
    timezone: {
      description: 'The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`.',
      default: 'UTC',
      examples: ['Asia/Seoul'],
    },
    limit: { description: 'Maximum number of items.', default: 500 },
    cursor: 'Opaque, from the `Link` of the previous page; keep all other parameters unchanged.',
  }),
  ...shared(TimerListQuery, {
    updated_since: {
      description: 'Changed at or after this time; ISO 8601. Deleted items are not listed.',
      examples: ['2026-01-28T10:00:00Z'],
    },
    include_schedule: { description: `With its schedule, if one may read it. ${FLAG}`, default: false },
    include_todo: { description: `With its todo, if one may read it. ${FLAG}`, default: false },
    tag_include_mode: {
      description: 'Which tags to include: none, the timer’s own, or also those of its schedule, else of its todo.',
      default: 'none',
    },
  }),
};

function shared(type: Type<object>, notes: FieldNotes): Readonly<Record<string, Part>> {
  const inPascalCase = (name: unknown) =>
    String(name).replace(/(^|_)(.)/g, (_, __, first: string) => first.toUpperCase());
  return Object.fromEntries(queriesOf(type, notes).map((part) => [inPascalCase(part['name']), part]));
}

export const PARAMETERS: Readonly<Record<string, Part>> = {
  ...SHARED_QUERIES,
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Visible ASCII characters, chosen by the client: a repeat within 24 hours has no further effect and gets the same response.',
    schema: text(undefined, { minLength: 16, maxLength: 255, pattern: String.raw`^[\x21-\x7e]+$` }),
  },
  HostToken: {
    name: 'X-Host-Token',
    in: 'header',
    description: 'Authenticates the host without a JWT or the cookie.',
    schema: text(),
  },
  ParticipantToken: {
    name: 'X-Participant-Token',
    in: 'header',
    description: 'Authenticates the participant.',
    schema: text(),
  },
};

export const SECURITY_SCHEMES: Readonly<Record<string, Part>> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'From `/v1/auth/signup`, `/v1/auth/login`, or an OpenID Connect issuer (`OIDC_ISSUER_URL`).',
  },
  token: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: '`Token <40 hex characters>`, as the study-timer apps send it.',
  },
  hostToken: { type: 'apiKey', in: 'header', name: 'X-Host-Token', description: 'From `POST /api/v1/rooms`.' },
  hostCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'metronome_host_<room_id>',
    description: 'Set by `POST /api/v1/rooms`; from a page of this server only.',
  },
  refreshCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'metronome_refresh',
    description: 'Set by signing in with `"cookie": true`; from a page of this server only.',
  },
  metricsToken: { type: 'http', scheme: 'bearer', description: '`METRICS_TOKEN`.' },
};
