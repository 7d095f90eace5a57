import { packageVersion } from '../../common/package.js';
import { HEADERS, PARAMETERS, SECURITY_SCHEMES } from './components.js';
import { LEGACY_PATHS, LEGACY_RESPONSES, LEGACY_SCHEMAS } from './legacy.js';
import type { Part } from './parts.js';
import { ROOM_PATHS, ROOM_RESPONSES, ROOM_SCHEMAS } from './rooms.js';
import { HANDSHAKE_PATHS, SERVER_PATHS, SERVER_RESPONSES, SERVER_SCHEMAS } from './server.js';
import { AUTH_PATHS } from './v1/auth.js';
import { FIGURE_PATHS } from './v1/figures.js';
import { PEOPLE_PATHS } from './v1/people.js';
import { PLANNING_PATHS } from './v1/planning.js';
import { TIMER_PATHS } from './v1/timers.js';
import { SHARED_BODIES } from './v1-call.js';
import { V1_ERROR_SCHEMAS, V1_RESPONSES } from './v1-errors.js';
import { V1_REQUEST_SCHEMAS } from './v1-requests.js';
import { V1_SCHEMAS } from './v1-schemas.js';

const DESCRIPTION = `One timer server with three APIs. A timer started through one of them appears at once in the others.

* **Legacy**: study-timer apps with \`Authorization: Token …\`.
* **v1**: front ends with a JWT; REST here, and the socket \`/v1/ws/timers\`.
* **Rooms**: Focus Mate's team rooms, joined through a share URL; REST here, and the socket \`/ws/room/{room_id}\`.

The messages of the sockets are described at [/asyncapi](/asyncapi). A trailing slash makes no difference.
Date-times in responses are whole seconds; unknown body keys and query parameters are ignored.`;

const TAGS = [
  { name: 'Legacy', description: 'Study-timer apps: start, stop, and tokens.' },
  { name: 'v1', description: 'Timers, schedules, todos, tags, friends and visibility of a user.' },
  { name: 'Rooms', description: 'Focus Mate: one timer that a team shares.' },
  { name: 'Server', description: 'Health, metrics, documents and pages.' },
];

/**
 * Responses of each API outside of its operations: unknown routes, unsupported methods, malformed paths. By path
 * prefix, the longest first; each names a response of the document by status.
 */
export const BEYOND_CALLS: readonly (readonly [prefix: string, responses: Readonly<Record<number, string>>])[] = [
  ['/v1/user/', { 404: 'LegacyNotFound', 405: 'LegacyMethodNotAllowed' }],
  [
    '/api/v1/',
    {
      404: 'RoomRouteNotFound',
      405: 'RoomMethodNotAllowed',
      400: 'RoomBadPath',
      401: 'RoomUnauthorized',
      429: 'RoomTooMany',
      503: 'RoomUnavailable',
    },
  ],
  ['/ws/room/', { 404: 'RoomRouteNotFound' }],
  ['/v1/', { 404: 'V1NotFound', 405: 'V1MethodNotAllowed', 400: 'V1Malformed' }],
  ['', { 404: 'NotFound', 405: 'MethodNotAllowed', 400: 'Malformed' }],
];

/** The OpenAPI 3.1 document of the server. URLs are relative to the document's own. */
export const openApiDocument: Part = {
  openapi: '3.1.0',
  info: {
    title: 'Metronome',
    version: packageVersion,
    description: DESCRIPTION,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'The server that this document came from.' }],
  tags: TAGS,
  paths: {
    ...LEGACY_PATHS,
    ...AUTH_PATHS,
    ...TIMER_PATHS,
    ...PLANNING_PATHS,
    ...PEOPLE_PATHS,
    ...FIGURE_PATHS,
    ...ROOM_PATHS,
    ...HANDSHAKE_PATHS,
    ...SERVER_PATHS,
  },
  components: {
    schemas: {
      ...V1_SCHEMAS,
      ...V1_REQUEST_SCHEMAS,
      ...ROOM_SCHEMAS,
      ...LEGACY_SCHEMAS,
      ...V1_ERROR_SCHEMAS,
      ...SHARED_BODIES,
      ...SERVER_SCHEMAS,
    },
    responses: { ...V1_RESPONSES, ...ROOM_RESPONSES, ...LEGACY_RESPONSES, ...SERVER_RESPONSES },
    parameters: PARAMETERS,
    headers: HEADERS,
    securitySchemes: SECURITY_SCHEMES,
  },
};
