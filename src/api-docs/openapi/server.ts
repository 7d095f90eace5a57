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

/** Paths outside of the three APIs: health, metrics, documents, pages and socket handshakes. */

const HEALTH = { status: 'healthy', timestamp: '2025-12-04T10:00:00Z', version: '1.0.0' };

export const SERVER_SCHEMAS: Schemas = {
  Health: answered({ status: always('healthy'), timestamp: utcInstant(), version: text() }),
  Readiness: answered({
    status: oneOfWords(['ready', 'not ready']),
    checks: {
      type: 'object',
      description: 'The dependencies of this instance, by name.',
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
      503: readiness('An error in the server.', { status: 'not ready', checks: { database: 'failed' } }),
    }),
  },
  '/metrics': {
    get: {
      ...get('getMetrics', 'What the server does, for Prometheus', {
        200: answer({
          description: 'In Prometheus text format; `METRICS_TOKEN` and `METRICS_ENABLED` control access.',
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
const page = (description = 'An HTML page.'): Part => answer({ description, content: HTML, headers: PAGE_HEADERS });
const ASSET = headers('Cache-Control', 'Content-Encoding', 'ETag');
const file = (headersOfFile: Part, ...types: readonly string[]): Part =>
  answer({
    description: 'The file.',
    content: Object.fromEntries(types.map((type) => [type, { schema: text() }])),
    headers: headersOfFile,
  });
const DOCUMENT_FILE = headers('Cache-Control', 'Content-Encoding', 'ETag');
const NOT_MODIFIED = answer({ description: 'Not modified.', headers: DOCUMENT_FILE });
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
      'Assets of these pages',
      {
        200: file(DOCUMENT_FILE, 'text/javascript', 'text/css', 'image/png'),
        304: NOT_MODIFIED,
        404: response('NotFound'),
      },
      [pathPart('file', 'The file’s name.', text())],
    ),
  },
};

const room = answered({ status: always('success'), data: ref('Room') });

const PAGE_PATHS: Paths = {
  '/': { get: get('showStart', 'The start page', { 200: page() }) },
  '/app': { get: get('showDashboard', 'The user’s dashboard', { 200: page() }) },
  '/assets/{name}': {
    get: get(
      'getAsset',
      'What pages load',
      { 200: file(ASSET, 'text/javascript', 'text/css', 'image/svg+xml'), 404: response('NotFound') },
      [pathPart('name', 'The file’s name, with a hash of its content.', text())],
    ),
  },
  '/room/{room_id}': {
    get: get(
      'openShareUrl',
      'What a share URL opens: a page for people, the room for programs',
      {
        200: answer({
          description: 'The format that `Accept` requests.',
          content: { ...HTML, ...json(room, { room: { status: 'success', data: ROOM } }) },
          headers: { ...PAGE_HEADERS, ...COUNTED },
        }),
        404: answer({
          description: 'No such room.',
          content: { ...HTML, ...json(roomError('ROOM_NOT_FOUND')) },
          headers: { ...PAGE_HEADERS, ...COUNTED },
        }),
        429: answer({
          description: 'Too many requests of this address; retry after `Retry-After` seconds.',
          content: { ...HTML, ...json(roomError('RATE_LIMITED')) },
          headers: { ...PAGE_HEADERS, ...COUNTED, ...headers('Retry-After') },
        }),
        500: response('InternalError'),
        503: response('Unavailable'),
      },
      [pathPart('room_id', 'The room’s id.', text())],
    ),
  },
};

const refused = (description: string, schema: Schema, more: Part = {}, examples?: Examples): Part => ({
  description,
  headers: more,
  content: json(schema, examples),
});

/** Coverage counts it as the named response. */
const sameAs = (name: string, part: Part): Part => ({ ...part, 'x-same-as': `#/components/responses/${name}` });

const UPGRADED = { description: 'The socket is open: see /asyncapi.', headers: headers('Sec-WebSocket-Protocol') };
const dialect = query(
  'dialect',
  'The encoding of frames; defaults to the socket’s native one.',
  oneOfWords(['type-payload', 'action-event']),
);
const token = query(
  'token',
  'An access token; alternatively sent as the subprotocol `authorization.bearer.<token>`.',
  text(),
);
const RETRY = headers('Retry-After');
/** The only refusal of a handshake that is an ordinary request. */
const NOT_UPGRADED = { ...EVERYWHERE, ...headers('Upgrade') };

const SOCKET_PATHS: Paths = {
  '/v1/ws/timers': {
    get: {
      ...get(
        'openPersonalSocket',
        'A user’s socket',
        {
          101: UPGRADED,
          400: response('NoHandshake'),
          401: refused('No valid token.', ref('Unauthorized'), headers('WWW-Authenticate'), {
            missing: { detail: 'Authorization header missing' },
          }),
          403: refused(
            'The page belongs to another site.',
            ref('Detail'),
            {},
            { foreign: { detail: 'Origin not allowed' } },
          ),
          422: refused('An unknown dialect.', ref('ValidationError')),
          426: refused('The request is no upgrade.', ref('Detail'), NOT_UPGRADED, {
            plain: { detail: 'Upgrade to websocket required' },
          }),
          429: refused('Too many handshakes or open sockets.', ref('TooManyRequests'), RETRY),
          500: sameAs('V1InternalError', refused('An error in the server.', ref('DomainError'))),
          503: refused('The database is unavailable, or the server is shutting down.', ref('DomainError'), RETRY),
        },
        [
          token,
          dialect,
          query('timezone', 'The zone of date-times; an invalid one is ignored.', text()),
          query('since', 'A `change_id`: sends the frames missed since.', text()),
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
          401: refused('The token is invalid.', roomError('UNAUTHORIZED'), headers('WWW-Authenticate')),
          403: refused('The page belongs to another site.', roomError('FORBIDDEN')),
          404: refused('No such room.', roomError('ROOM_NOT_FOUND')),
          409: refused('The room is full.', roomError('MAX_PARTICIPANTS_REACHED')),
          422: refused('The name is invalid or the dialect unknown.', roomError('VALIDATION_ERROR')),
          426: refused('The request is no upgrade.', roomError('UPGRADE_REQUIRED'), NOT_UPGRADED),
          429: refused('Too many handshakes or open sockets.', roomError('RATE_LIMITED'), RETRY),
          500: sameAs('RoomInternalError', refused('An error in the server.', roomError('INTERNAL_ERROR'))),
          503: refused(
            'The database is unavailable, or the server is shutting down.',
            roomError('SERVICE_UNAVAILABLE'),
            RETRY,
          ),
        },
        [
          pathPart('room_id', 'The room’s id.', text()),
          query(
            'name',
            'The name that other participants see; defaults to a guest name.',
            text(undefined, { minLength: 1, maxLength: 50 }),
          ),
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
  NotFound: plain('Not found.', 'Not Found'),
  MethodNotAllowed: plain('The path does not support this method.', 'Method Not Allowed', headers('Allow')),
  NoHandshake: {
    description: 'Admitted, but not a valid WebSocket handshake.',
    content: { 'text/html': { schema: text() } },
  },
  Malformed: plain('The path has an invalid escape.', 'Malformed request'),
  InternalError: plain('An error in the server.', 'Internal server error'),
  Unavailable: plain('The database is unavailable.', 'Service temporarily unavailable, try again', RETRY),
};

export const SERVER_PATHS: Paths = { ...HEALTH_PATHS, ...DOCUMENT_PATHS, ...PAGE_PATHS };
export const HANDSHAKE_PATHS: Paths = SOCKET_PATHS;
