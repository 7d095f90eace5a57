import { always, answered, type Schema, type Schemas, sent, text } from '../schema.js';

/** One frame of a socket, in one dialect (contracts/realtime.md). */

export type Endpoint = 'personal' | 'room';
export type Dialect = 'type-payload' | 'action-event';
export type Direction = 'toClient' | 'toServer';

export interface Frame {
  /** Names its message; the same within one endpoint, dialect and direction for one frame alone. */
  readonly name: string;
  /** `type`, `event` or `action`. */
  readonly word: string;
  readonly summary: string;
  readonly schema: Schema;
  readonly example: Readonly<Record<string, unknown>>;
}

/** What a frame of the server carries besides what it says. */
export interface Carries {
  /** Another message of the same word. */
  readonly name?: string;
  /** Answers a command, so it may have its `id`. */
  readonly answers?: true;
  /** Tells a change, so it has a mark to read on from. */
  readonly change?: 'always' | 'mostly';
  readonly fromUser?: true;
}

/** A date-time of a socket: in its zone; without one only with `REALTIME_NAIVE_UTC=true`. */
export const socketInstant = (description?: string): Schema =>
  text(description, {
    pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?$`,
    examples: ['2026-01-28T10:00:00Z'],
  });

/** The same schema, its date-times as sockets say them. */
export function onSockets(schema: Schema): Schema {
  const { format, ...keywords } = schema;
  if (format === 'date-time') return { ...socketInstant(), ...keywords, pattern: socketInstant()['pattern'] };
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, eachOf(value)]));
}

function eachOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(eachOf);
  return typeof value === 'object' && value !== null ? onSockets(value as Schema) : value;
}

const correlation: Schema = {
  type: ['string', 'number'],
  description: 'The `id` of the command that this frame answers; its sender alone gets it.',
  maxLength: 256,
};
const mark = text('Opaque: `since` reads on from here.', { maxLength: 256 });
const AT = '2026-01-28T10:00:00Z';

function envelope({ answers, change, fromUser }: Carries): Schemas {
  return {
    timestamp: socketInstant('A change’s tick; of other frames the second they are sent.'),
    ...(fromUser ? { from_user: text('Who acted.') } : {}),
    ...(answers ? { id: correlation } : {}),
    ...(change ? { change_id: mark } : {}),
  };
}

const optionalKeys = ({ change }: Carries): string[] => [
  'from_user',
  'id',
  ...(change === 'always' ? [] : ['change_id']),
];

const sampleEnvelope = ({ change, fromUser }: Carries, timestamp: string) => ({
  ...(fromUser ? { from_user: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d13' } : {}),
  timestamp,
  ...(change ? { change_id: 'MTczOC4xNzY5NTk0NDAw' } : {}),
});

/** What a frame says, and how it looks. */
export interface Content {
  readonly schema: Schema;
  readonly example: unknown;
  readonly at?: string;
}

/** A frame of the server: `{type, payload, …}`. */
export const told = (
  word: string,
  summary: string,
  { schema, example, at = AT }: Content,
  more: Carries = {},
): Frame => ({
  name: more.name ?? word,
  word,
  summary,
  schema: answered({ type: always(word), payload: schema, ...envelope(more) }, { optional: optionalKeys(more) }),
  example: { type: word, payload: example, ...sampleEnvelope(more, at) },
});

/** A frame of the server: `{event, data, …}`. */
export const event = (
  word: string,
  summary: string,
  { schema, example, at = AT }: Content,
  more: Carries = {},
): Frame => ({
  name: more.name ?? word,
  word,
  summary,
  schema: answered({ event: always(word), data: schema, ...envelope(more) }, { optional: optionalKeys(more) }),
  example: { event: word, data: example, ...sampleEnvelope(more, at) },
});

/** `{event: "error", error}`: an error has its facts in a place of its own. */
export const errorEvent = (summary: string, { schema, example }: Content): Frame => ({
  name: 'error',
  word: 'error',
  summary,
  schema: answered({ event: always('error'), error: schema, ...envelope({ answers: true }) }, { optional: ['id'] }),
  example: { event: 'error', error: example, timestamp: AT },
});

/** What a command asks for. */
export interface Ask {
  /** Keys of `payload` or `data`; unknown ones are ignored. */
  readonly schema: Schema;
  readonly example?: unknown;
  /** Changes something, so it may be repeated safely. */
  readonly keyed?: true;
  readonly name?: string;
  /** Keys beside the payload. */
  readonly beside?: Schemas;
}

const asked: Schema = {
  type: ['string', 'number'],
  description: 'Comes back in the frame that answers; it may repeat.',
  maxLength: 256,
};
const key = text('A repeat within 24 hours does nothing and is answered the same.', {
  minLength: 16,
  maxLength: 255,
  pattern: String.raw`^[\x21-\x7e]+$`,
});

function command(wordKey: string, payloadKey: string, word: string, summary: string, ask: Ask): Frame {
  const needsPayload = Array.isArray(ask.schema['required']);
  return {
    name: ask.name ?? word,
    word,
    summary,
    schema: sent(
      {
        [wordKey]: always(word),
        [payloadKey]: ask.schema,
        ...ask.beside,
        id: asked,
        ...(ask.keyed ? { idempotency_key: key } : {}),
      },
      needsPayload ? [wordKey, payloadKey] : [wordKey],
    ),
    example: { [wordKey]: word, ...(ask.example === undefined ? {} : { [payloadKey]: ask.example }), id: '1' },
  };
}

/** A frame of a client: `{type, payload, …}`. */
export const asks = (word: string, summary: string, ask: Ask): Frame => command('type', 'payload', word, summary, ask);

/** A frame of a client: `{action, data, …}`. */
export const action = (word: string, summary: string, ask: Ask): Frame => command('action', 'data', word, summary, ask);
