import { packageVersion } from '../../common/package.js';
import { text } from '../schema.js';
import { commandsOf } from './commands.js';
import type { Dialect, Direction, Endpoint, Frame } from './frame.js';
import { messagesOf } from './messages.js';
import { SOCKET_SCHEMAS } from './schemas.js';

type Part = Readonly<Record<string, unknown>>;

export const DIALECTS = ['type-payload', 'action-event'] as const satisfies readonly Dialect[];
export const ENDPOINTS = ['personal', 'room'] as const satisfies readonly Endpoint[];

/** The frames of one direction in one dialect. */
export const framesOf = (endpoint: Endpoint, dialect: Dialect, direction: Direction): readonly Frame[] =>
  direction === 'toClient' ? messagesOf(endpoint, dialect) : commandsOf(endpoint, dialect);

/** A unique key of a frame in `components`, with its endpoint and dialect. */
export const messageKey = (endpoint: Endpoint, dialect: Dialect, { name }: Frame): string =>
  `${endpoint}.${dialect}.${name}`;

const DIRECTIONS = ['toClient', 'toServer'] as const;

const combinations = ENDPOINTS.flatMap((endpoint) =>
  DIALECTS.flatMap((dialect) => DIRECTIONS.map((direction) => ({ endpoint, dialect, direction }))),
);

const DESCRIPTION = `Both sockets support both dialects: \`{type, payload}\` (native to \`/v1/ws/timers\`) and \`{action, data}\` / \`{event, data}\`
(native to \`/ws/room/{room_id}\`). \`?dialect=\` selects a connection's dialect, by default the endpoint's native one. A frame in the other dialect
is understood, and only the reply to it uses that dialect.

A refused handshake is an HTTP response, see [/docs](/docs). Frames are at most 128 KiB (close code 1009). Of more than 120 frames in 10 seconds,
the rest are ignored after one error; 120 more close the connection (4029). A connection lasts as long as the session of its token; with the
token of an external issuer, until that token expires or is renewed. Both close it with code 1008 in \`{type, payload}\` and 4401 in
\`{action, data}\`. Other close codes: 4404 the room was deleted, 4403 the participant was removed, 1013 the client read too slowly, 1001 the server
shuts down.`;

const COMMON_QUERY = {
  token: 'An access token; alternatively sent as the subprotocol `authorization.bearer.<token>`.',
  dialect: '`type-payload` or `action-event`.',
};

/** The texts that the document and its page share. */
export const SOCKETS = {
  description: DESCRIPTION,
  channels: {
    personal: {
      address: '/v1/ws/timers',
      title: 'A user’s timers',
      native: 'type-payload',
      description:
        'Begins with `connected`, then a list of the user’s running and paused timers; with `since`, the missed frames come in between.',
      query: {
        ...COMMON_QUERY,
        timezone: 'The zone of date-times. Defaults to UTC; an invalid zone is ignored.',
        since: 'A `change_id`: sends the frames missed since.',
      },
    },
    room: {
      address: '/ws/room/{room_id}',
      title: 'A room',
      native: 'action-event',
      description:
        'Begins with the room’s timer, its participants and the connection’s own join. The host authenticates with the cookie, a JWT or the subprotocol `host.<host_token>`; a participant who joined over REST with `participant.<participant_token>`.',
      query: {
        ...COMMON_QUERY,
        name: 'The name that other participants see, 1–50 characters; defaults to a guest name.',
      },
    },
  },
} as const satisfies { description: string; channels: Record<Endpoint, Part> };

const bindingOf = (query: Readonly<Record<string, string>>): Part => ({
  ws: {
    method: 'GET',
    query: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(query).map(([name, about]) => [name, text(about)])),
    },
    bindingVersion: '0.1.0',
  },
});

const PARAMETERS = { room_id: { description: 'The room’s id.', examples: ['550e8400-e29b-41d4-a716-446655440000'] } };

const channel = (endpoint: Endpoint): Part => {
  const { address, title, description, query } = SOCKETS.channels[endpoint];
  return {
    address,
    title,
    description,
    ...(endpoint === 'room' ? { parameters: PARAMETERS } : {}),
    servers: [{ $ref: '#/servers/this' }],
    messages: Object.fromEntries(keysOf(endpoint).map((key) => [key, { $ref: `#/components/messages/${key}` }])),
    bindings: bindingOf(query),
  };
};

const keysOf = (endpoint: Endpoint): string[] =>
  combinations
    .filter((one) => one.endpoint === endpoint)
    .flatMap(({ dialect, direction }) =>
      framesOf(endpoint, dialect, direction).map((frame) => messageKey(endpoint, dialect, frame)),
    );

const TITLES = {
  toClient: 'Server messages',
  toServer: 'Client messages',
} as const satisfies Record<Direction, string>;

const operation = (endpoint: Endpoint, dialect: Dialect, direction: Direction): Part => ({
  action: direction === 'toClient' ? 'send' : 'receive',
  channel: { $ref: `#/channels/${endpoint}` },
  title: `${TITLES[direction]} in ${dialect}`,
  messages: framesOf(endpoint, dialect, direction).map((frame) => ({
    $ref: `#/channels/${endpoint}/messages/${messageKey(endpoint, dialect, frame)}`,
  })),
});

const message = ({ word, summary, schema, example }: Frame): Part => ({
  name: word,
  title: word,
  summary,
  contentType: 'application/json',
  payload: schema,
  examples: [{ payload: example }],
});

/** The AsyncAPI 3 document of both sockets. @param host the server's host and port */
export const asyncApiDocument = (host: string, protocol: 'ws' | 'wss' = 'ws'): Part => ({
  asyncapi: '3.1.0',
  id: 'urn:metronome:sockets',
  info: {
    title: 'Metronome: sockets',
    version: packageVersion,
    description: DESCRIPTION,
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    tags: [{ name: 'v1' }, { name: 'Rooms' }],
  },
  defaultContentType: 'application/json',
  servers: { this: { host, protocol, description: 'The server that this document came from.' } },
  channels: Object.fromEntries(ENDPOINTS.map((endpoint) => [endpoint, channel(endpoint)])),
  operations: Object.fromEntries(
    combinations.map(({ endpoint, dialect, direction }) => [
      `${endpoint}.${dialect}.${direction}`,
      operation(endpoint, dialect, direction),
    ]),
  ),
  components: {
    schemas: SOCKET_SCHEMAS,
    messages: Object.fromEntries(
      combinations.flatMap(({ endpoint, dialect, direction }) =>
        framesOf(endpoint, dialect, direction).map((frame) => [messageKey(endpoint, dialect, frame), message(frame)]),
      ),
    ),
  },
});
