import { packageVersion } from '../../common/package.js';
import { text } from '../schema.js';
import { commandsOf } from './commands.js';
import type { Dialect, Direction, Endpoint, Frame } from './frame.js';
import { messagesOf } from './messages.js';
import { SOCKET_SCHEMAS } from './schemas.js';

type Part = Readonly<Record<string, unknown>>;

export const DIALECTS = ['type-payload', 'action-event'] as const satisfies readonly Dialect[];
export const ENDPOINTS = ['personal', 'room'] as const satisfies readonly Endpoint[];

/** The frames of one side, in one dialect. */
export const framesOf = (endpoint: Endpoint, dialect: Dialect, direction: Direction): readonly Frame[] =>
  direction === 'toClient' ? messagesOf(endpoint, dialect) : commandsOf(endpoint, dialect);

/** How `components` calls a frame: unique, and it says where and in which dialect it is said. */
export const messageKey = (endpoint: Endpoint, dialect: Dialect, { name }: Frame): string =>
  `${endpoint}.${dialect}.${name}`;

const DIRECTIONS = ['toClient', 'toServer'] as const;

const combinations = ENDPOINTS.flatMap((endpoint) =>
  DIALECTS.flatMap((dialect) => DIRECTIONS.map((direction) => ({ endpoint, dialect, direction }))),
);

const DESCRIPTION = `Both sockets speak both dialects: \`{type, payload}\` (native to \`/v1/ws/timers\`) and \`{action, data}\` / \`{event, data}\`
(native to \`/ws/room/{room_id}\`). A connection's dialect is fixed by \`?dialect=\`, else by the endpoint; a frame in the other one is understood
and changes its own answer only.

A refused handshake is an HTTP answer, see [/docs](/docs). Frames are at most 128 KiB (close 1009); more than 120 in 10 seconds are answered with
an error once and ignored, 120 more close the connection (4029). A connection lasts as long as the session of
its token; with an outside issuer's token it ends with that, unless it is renewed. Either end is close code 1008 in \`{type, payload}\`, 4401 in
\`{action, data}\`. Other close codes: 4404 the room was deleted, 4403 taken out of the room, 1013 the reader was too slow, 1001 the server stops.`;

const COMMON_QUERY = {
  token: 'An access token; or as the subprotocol `authorization.bearer.<token>`.',
  dialect: '`type-payload` or `action-event`.',
};

/** What the document and its page both tell. */
export const SOCKETS = {
  description: DESCRIPTION,
  channels: {
    personal: {
      address: '/v1/ws/timers',
      title: 'A person’s timers',
      native: 'type-payload',
      description:
        'Begins with `connected`, then a list of one’s running and paused timers; with `since` the missed frames come between.',
      query: {
        ...COMMON_QUERY,
        timezone: 'The zone of date-times; UTC when not given, an invalid one is ignored.',
        since: 'A `change_id`: what was missed since.',
      },
    },
    room: {
      address: '/ws/room/{room_id}',
      title: 'A room',
      native: 'action-event',
      description:
        'Begins with the room’s timer, then who is there, then that one came. A host shows the cookie, a JWT or the subprotocol `host.<host_token>`; whoever joined over REST `participant.<participant_token>`.',
      query: { ...COMMON_QUERY, name: 'How others see one, 1–50 characters; else Guest.' },
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

const PARAMETERS = { room_id: { description: 'Of the room.', examples: ['550e8400-e29b-41d4-a716-446655440000'] } };

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
  toClient: 'What the server says',
  toServer: 'What a client says',
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

/** The AsyncAPI 3 document of both sockets. @param host where the server is reached, with its port */
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
