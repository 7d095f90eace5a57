import { always, answered, oneOfWords, ref, type Schema, type Schemas, text, utcInstant } from '../schema.js';
import {
  COUNTED,
  EVERYWHERE,
  type Examples,
  headers,
  json,
  type Part,
  pathPart,
  type Paths,
  query,
  response,
  type Responses,
} from './parts.js';
import { ROOM } from './examples.js';
import { roomError } from './rooms.js';

/** What belongs to no generation: health, metrics, documents, pages and the handshakes of the sockets. */

const HEALTH = { status: 'healthy', timestamp: '2025-12-04T10:00:00Z', version: '1.0.0' };

export const SERVER_SCHEMAS: Schemas = {
  Health: answered({ status: always('healthy'), timestamp: utcInstant(), version: text() }),
  Readiness: answered({
    status: oneOfWords(['ready', 'not ready']),
    checks: {
      type: 'object',
      description: 'What this instance needs, by name.',
      additionalProperties: oneOfWords(['ok', 'failed']),
    },
  }),
};

interface Answer {
  readonly description: string;
  readonly content?: Part;
  readonly headers?: Part;
}

const answer = ({ description, content, headers: own }: Answer): Part => ({
  description,
  headers: { ...EVERYWHERE, ...own },
  ...(content ? { content } : {}),
});

const get = (id: string, summary: string, responses: Responses, parameters: readonly Part[] = []): Part => ({
  operationId: id,
  tags: ['Server'],
  summary,
  security: [],
  ...(parameters.length > 0 ? { parameters } : {}),
  responses,
});

const healthy = (description: string): Part =>
  answer({ description, content: json(ref('Health'), { healthy: HEALTH }) });

const readiness = (description: string, example: unknown): Part =>
  answer({ description, content: json(ref('Readiness'), { readiness: example }) });

const HEALTH_PATHS: Paths = {
  '/health': { get: get('getHealth', 'Whether the server is alive', { 200: healthy('It is.') }) },
  '/api/v1/health': {
    get: { ...get('getRoomsHealth', 'The same, where Focus Mate looks', { 200: healthy('It is.') }), tags: ['Rooms'] },
  },
  '/health/ready': {
    get: get('getReadiness', 'Whether this instance should be sent requests', {
      200: readiness('It should.', { status: 'ready', checks: { database: 'ok' } }),
      503: readiness('It should not.', { status: 'not ready', checks: { database: 'failed' } }),
    }),
  },
  '/metrics': {
    get: {
      ...get('getMetrics', 'What the server does, for Prometheus', {
        200: answer({
          description: 'In Prometheus’ text format; `METRICS_TOKEN` and `METRICS_ENABLED` say to whom.',
          content: { 'text/plain': { schema: text() } },
        }),
        404: response('NotFound'),
      }),
      security: [{}, { metricsToken: [] }],
    },
  },
};

const PAGE_HEADERS = headers(
  'Content-Security-Policy',
  'Cache-Control',
  'Cross-Origin-Opener-Policy',
  'Referrer-Policy',
  'X-Content-Type-Options',
);
const HTML = { 'text/html': { schema: text() } };
const page = (description = 'A page for people.'): Part =>
  answer({ description, content: HTML, headers: PAGE_HEADERS });
const ASSET = headers('Cache-Control', 'Content-Encoding', 'ETag');
const file = (headersOfFile: Part, ...types: readonly string[]): Part =>
  answer({
    description: 'The file.',
    content: Object.fromEntries(types.map((type) => [type, { schema: text() }])),
    headers: headersOfFile,
  });
const DOCUMENT_FILE = headers('Cache-Control', 'Content-Encoding', 'ETag');
const NOT_MODIFIED = answer({ description: 'As you have it.', headers: DOCUMENT_FILE });
const document = (description: string): Responses => ({
  200: answer({
    description: `${description} Compressed as \`Accept-Encoding\` asks.`,
    content: { 'application/json': { schema: { type: 'object' } } },
    headers: DOCUMENT_FILE,
  }),
  304: NOT_MODIFIED,
});

const DOCUMENT_PATHS: Paths = {
  '/openapi.json': { get: get('getOpenApi', 'This document', document('OpenAPI 3.1.')) },
  '/asyncapi.json': { get: get('getAsyncApi', 'What is said on the sockets', document('AsyncAPI 3.')) },
  '/docs': { get: get('showSwaggerUi', 'This document in Swagger UI', { 200: page() }) },
  '/redoc': { get: get('showRedoc', 'This document in ReDoc', { 200: page() }) },
  '/asyncapi': { get: get('showAsyncApi', 'The sockets’ document to read', { 200: page() }) },
  '/playground': {
    get: get('showPlayground', 'Try calls and frames; in development, or with `PLAYGROUND=true`', {
      200: page(),
      404: response('NotFound'),
    }),
  },
  '/api-docs/{file}': {
    get: get(
      'getDocumentFile',
      'What these pages load',
      {
        200: file(DOCUMENT_FILE, 'text/javascript', 'text/css', 'image/png'),
        304: NOT_MODIFIED,
        404: response('NotFound'),
      },
      [pathPart('file', 'Its name.', text())],
    ),
  },
};

const room = answered({ status: always('success'), data: ref('Room') });

const PAGE_PATHS: Paths = {
  '/': { get: get('showStart', 'The start page', { 200: page() }) },
  '/app': { get: get('showDashboard', 'One’s own dashboard', { 200: page() }) },
  '/assets/{name}': {
    get: get(
      'getAsset',
      'What pages load',
      { 200: file(ASSET, 'text/javascript', 'text/css', 'image/svg+xml'), 404: response('NotFound') },
      [pathPart('name', 'With a hash of the content.', text())],
    ),
  },
  '/room/{room_id}': {
    get: get(
      'openShareUrl',
      'What a share URL opens: a page for people, the room for programs',
      {
        200: answer({
          description: 'As `Accept` asks.',
          content: { ...HTML, ...json(room, { room: { status: 'success', data: ROOM } }) },
          headers: { ...PAGE_HEADERS, ...COUNTED },
        }),
        404: answer({
          description: 'No such room.',
          content: { ...HTML, ...json(roomError('ROOM_NOT_FOUND')) },
          headers: { ...PAGE_HEADERS, ...COUNTED },
        }),
        429: answer({
          description: 'Too many requests of this address: again after `Retry-After` seconds.',
          content: { ...HTML, ...json(roomError('RATE_LIMITED')) },
          headers: { ...PAGE_HEADERS, ...COUNTED, ...headers('Retry-After') },
        }),
        500: response('InternalError'),
        503: response('Unavailable'),
      },
      [pathPart('room_id', 'Of the room.', text())],
    ),
  },
};

const refused = (description: string, schema: Schema, more: Part = {}, examples?: Examples): Part => ({
  description,
  headers: more,
  content: json(schema, examples),
});

/** Coverage counts it as that one. */
const sameAs = (name: string, part: Part): Part => ({ ...part, 'x-same-as': `#/components/responses/${name}` });

const UPGRADED = { description: 'The socket is open: see /asyncapi.', headers: headers('Sec-WebSocket-Protocol') };
const dialect = query(
  'dialect',
  'How frames are worded; else as the socket does natively.',
  oneOfWords(['type-payload', 'action-event']),
);
const token = query('token', 'An access token; or as the subprotocol `authorization.bearer.<token>`.', text());
const RETRY = headers('Retry-After');
/** The one refusal of a handshake that is an ordinary request. */
const NOT_UPGRADED = { ...EVERYWHERE, ...headers('Upgrade') };

const SOCKET_PATHS: Paths = {
  '/v1/ws/timers': {
    get: {
      ...get(
        'openPersonalSocket',
        'A person’s socket',
        {
          101: UPGRADED,
          400: response('NoHandshake'),
          401: refused('No valid token.', ref('Unauthorized'), headers('WWW-Authenticate'), {
            missing: { detail: 'Authorization header missing' },
          }),
          403: refused('A page of another site.', ref('Detail'), {}, { foreign: { detail: 'Origin not allowed' } }),
          422: refused('An unknown dialect.', ref('ValidationError')),
          426: refused('Asked without an upgrade.', ref('Detail'), NOT_UPGRADED, {
            plain: { detail: 'Upgrade to websocket required' },
          }),
          429: refused('Too many handshakes or open sockets.', ref('TooManyRequests'), RETRY),
          500: sameAs('V1InternalError', refused('Our fault.', ref('DomainError'))),
          503: refused('The database is away, or the server stops.', ref('DomainError'), RETRY),
        },
        [
          token,
          dialect,
          query('timezone', 'The zone of date-times; an invalid one is ignored.', text()),
          query('since', 'A `change_id`: what was missed since, instead of the list.', text()),
        ],
      ),
      tags: ['v1'],
      security: [{ bearer: [] }],
    },
  },
  '/ws/room/{room_id}': {
    get: {
      ...get(
        'openRoomSocket',
        'A room’s socket',
        {
          101: UPGRADED,
          400: response('NoHandshake'),
          401: refused('A token that does not verify.', roomError('UNAUTHORIZED'), headers('WWW-Authenticate')),
          403: refused('A page of another site.', roomError('FORBIDDEN')),
          404: refused('No such room.', roomError('ROOM_NOT_FOUND')),
          409: refused('The room is full.', roomError('MAX_PARTICIPANTS_REACHED')),
          422: refused('A bad name or an unknown dialect.', roomError('VALIDATION_ERROR')),
          426: refused('Asked without an upgrade.', roomError('UPGRADE_REQUIRED'), NOT_UPGRADED),
          429: refused('Too many handshakes or open sockets.', roomError('RATE_LIMITED'), RETRY),
          500: sameAs('RoomInternalError', refused('Our fault.', roomError('INTERNAL_ERROR'))),
          503: refused('The database is away, or the server stops.', roomError('SERVICE_UNAVAILABLE'), RETRY),
        },
        [
          pathPart('room_id', 'Of the room.', text()),
          query('name', 'How others see one; else Guest.', text(undefined, { minLength: 1, maxLength: 50 })),
          token,
          dialect,
        ],
      ),
      tags: ['Rooms'],
      security: [{}, { bearer: [] }, { hostCookie: [] }],
    },
  },
};

const plain = (description: string, detail: string, more: Part = {}): Part => ({
  description,
  headers: { ...EVERYWHERE, ...more },
  content: json(ref('Detail'), { plain: { detail } }),
});

export const SERVER_RESPONSES: Responses = {
  NotFound: plain('No such thing.', 'Not Found'),
  MethodNotAllowed: plain('The path has other methods.', 'Method Not Allowed', headers('Allow')),
  NoHandshake: {
    description: 'Admitted, but no WebSocket handshake.',
    content: { 'text/html': { schema: text() } },
  },
  Malformed: plain('A broken escape in the path.', 'Malformed request'),
  InternalError: plain('Our fault.', 'Internal server error'),
  Unavailable: plain('The database is away.', 'Service temporarily unavailable, try again', RETRY),
};

export const SERVER_PATHS: Paths = { ...HEALTH_PATHS, ...DOCUMENT_PATHS, ...PAGE_PATHS };
export const HANDSHAKE_PATHS: Paths = SOCKET_PATHS;
