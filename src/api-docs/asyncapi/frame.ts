import { always, answered, type Schema, type Schemas, sent, text } from '../schema.js';

/** One frame of a socket, in one dialect (docs/spec/sockets.md#dialects). */

export type Endpoint = 'personal' | 'room';
export type Dialect = 'type-payload' | 'action-event';
export type Direction = 'toClient' | 'toServer';

export interface Frame {
  /** The name of the frame's message, unique within an endpoint, dialect and direction. */
  readonly name: string;
  /** `type`, `event` or `action`. */
  readonly word: string;
  readonly summary: string;
  readonly schema: Schema;
  readonly example: Readonly<Record<string, unknown>>;
}

/** The fields of a server frame besides its payload. */
export interface EnvelopeOptions {
  /** A name other than the word, for a second message with the same word. */
  readonly name?: string;
  /** Replies to a command, so it may have its `id`. */
  readonly answers?: true;
  /** Announces a change, so it has a mark to continue from. */
  readonly change?: 'always' | 'mostly';
  readonly fromUser?: true;
}

/** A date-time on a socket, with the connection's offset; without one only with `REALTIME_NAIVE_UTC=true`. */
export const socketInstant = (description?: string): Schema =>
  text(description, {
    pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?$`,
    examples: ['2026-01-28T10:00:00Z'],
  });

/** The same schema with date-times as sockets send them. */
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
  description: 'The `id` of the command that this frame replies to; only its sender receives it.',
  maxLength: 256,
};
const mark = text('Opaque; pass it as `since` to continue from here.', { maxLength: 256 });
const AT = '2026-01-28T10:00:00Z';

function envelope({ answers, change, fromUser }: EnvelopeOptions): Schemas {
  return {
    timestamp: socketInstant('When the change took effect; for other frames, when they were sent.'),
    ...(fromUser ? { from_user: text('The user who acted.') } : {}),
    ...(answers ? { id: correlation } : {}),
    ...(change ? { change_id: mark } : {}),
  };
}

const optionalKeys = ({ change }: EnvelopeOptions): string[] => [
  'from_user',
  'id',
  ...(change === 'always' ? [] : ['change_id']),
];

const sampleEnvelope = ({ change, fromUser }: EnvelopeOptions, timestamp: string) => ({
  ...(fromUser ? { from_user: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d13' } : {}),
  timestamp,
  ...(change ? { change_id: 'MTczOC4xNzY5NTk0NDAw' } : {}),
});

/** Schema and example of a frame's payload. */
export interface Content {
  readonly schema: Schema;
  readonly example: unknown;
  readonly at?: string;
}

/** A server frame: `{type, payload, …}`. */
export const message = (
  word: string,
  summary: string,
  { schema, example, at = AT }: Content,
  more: EnvelopeOptions = {},
): Frame => ({
  name: more.name ?? word,
  word,
  summary,
  schema: answered({ type: always(word), payload: schema, ...envelope(more) }, { optional: optionalKeys(more) }),
  example: { type: word, payload: example, ...sampleEnvelope(more, at) },
});

/** A server frame: `{event, data, …}`. */
export const event = (
  word: string,
  summary: string,
  { schema, example, at = AT }: Content,
  more: EnvelopeOptions = {},
): Frame => ({
  name: more.name ?? word,
  word,
  summary,
  schema: answered({ event: always(word), data: schema, ...envelope(more) }, { optional: optionalKeys(more) }),
  example: { event: word, data: example, ...sampleEnvelope(more, at) },
});

/** `{event: "error", error}`: errors have a field of their own. */
export const errorEvent = (summary: string, { schema, example }: Content): Frame => ({
  name: 'error',
  word: 'error',
  summary,
  schema: answered({ event: always('error'), error: schema, ...envelope({ answers: true }) }, { optional: ['id'] }),
  example: { event: 'error', error: example, timestamp: AT },
});

/** The content of a command. */
export interface CommandContent {
  /** Fields of `payload` or `data`; unknown ones are ignored. */
  readonly schema: Schema;
  readonly example?: unknown;
  /** Changes something, so it takes an idempotency key. */
  readonly keyed?: true;
  readonly name?: string;
  /** Fields beside the payload. */
  readonly beside?: Schemas;
}

const commandId: Schema = {
  type: ['string', 'number'],
  description: 'Returned in the reply; it need not be unique.',
  maxLength: 256,
};
const key = text('A repeat within 24 hours has no further effect and gets the same reply.', {
  minLength: 16,
  maxLength: 255,
  pattern: String.raw`^[\x21-\x7e]+$`,
});

function command(wordKey: string, payloadKey: string, word: string, summary: string, content: CommandContent): Frame {
  const needsPayload = Array.isArray(content.schema['required']);
  return {
    name: content.name ?? word,
    word,
    summary,
    schema: sent(
      {
        [wordKey]: always(word),
        [payloadKey]: content.schema,
        ...content.beside,
        id: commandId,
        ...(content.keyed ? { idempotency_key: key } : {}),
      },
      needsPayload ? [wordKey, payloadKey] : [wordKey],
    ),
    example: { [wordKey]: word, ...(content.example === undefined ? {} : { [payloadKey]: content.example }), id: '1' },
  };
}

/** A client frame: `{type, payload, …}`. */
export const typed = (word: string, summary: string, content: CommandContent): Frame =>
  command('type', 'payload', word, summary, content);

/** A client frame: `{action, data, …}`. */
export const action = (word: string, summary: string, content: CommandContent): Frame =>
  command('action', 'data', word, summary, content);
