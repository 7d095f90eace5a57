import { ref, type Schema, text } from '../schema.js';
import {
  COUNTED,
  EVERYWHERE,
  type Examples,
  headers,
  json,
  jsonBody,
  parameter,
  type Part,
  response,
  type Responses,
  SOMETIMES_RETRY,
  withHeaders,
} from './parts.js';
import { domainError, type DomainErrorType, examplesOf, statusOf, V1_RESPONSES } from './v1-errors.js';

/**
 * Helpers for calls of v1, which add the common parts (docs/spec/v1.md#1-conventions,
 * docs/spec/v1.md#4-cors-and-rate-limits).
 */

/** A successful response. */
export interface Success {
  readonly description: string;
  readonly schema?: Schema;
  readonly examples?: Examples;
  /** A content type other than JSON. */
  readonly content?: Part;
  readonly headers?: Part;
}

export interface V1Call {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Part[];
  readonly body?: { readonly schema: Schema; readonly examples: Examples; readonly optional?: true };
  readonly answers: Readonly<Record<number, Success>>;
  /** Domain errors of this call. */
  readonly errors?: readonly DomainErrorType[];
  /** Takes `timezone`: the response has date-times in that zone. */
  readonly zoned?: true;
  /** Needs no sign-in. */
  readonly open?: true;
  /** Takes no `Idempotency-Key` (docs/spec/extensions.md#sockets: `/v1/auth/*`). */
  readonly keyless?: true;
  /** Superseded by the socket (docs/spec/v1.md#56-control-over-rest). */
  readonly deprecated?: true;
  /** Malformed input is answered like an unknown item, never with 422. */
  readonly lenient?: true;
  /** Authentication other than a bearer token (docs/spec/v1.md#31-own-accounts). */
  readonly security?: readonly Part[];
  /** Responses that replace or extend the common ones. */
  readonly responses?: Responses;
}

const DEPRECATION = headers('Deprecation', 'Link-Successor');
/** The header name is always Link. */
const asLink = ({ 'Link-Successor': link, ...more }: Part): Part => ({ ...more, Link: link });

/** GET. */
export const read = (call: V1Call): Part => operation(call, false);

/** POST, PUT, PATCH and DELETE; they take an `Idempotency-Key`. */
export const write = (call: V1Call): Part => operation(call, call.keyless !== true);

function operation(call: V1Call, keyed: boolean): Part {
  const parameters = [
    ...(call.parameters ?? []),
    ...(call.zoned ? [parameter('Timezone')] : []),
    ...(keyed ? [parameter('IdempotencyKey')] : []),
  ];
  const { body } = call;
  const responses = { ...successes(call, keyed), ...failures(call, keyed), ...call.responses };
  return {
    operationId: call.id,
    tags: ['v1'],
    summary: call.summary,
    ...(call.description === undefined ? {} : { description: call.description }),
    ...(call.deprecated ? { deprecated: true } : {}),
    security: call.security ?? (call.open ? [] : [{ bearer: [] }]),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: jsonBody(body.schema, body.examples, body.optional !== true) } : {}),
    responses: call.deprecated ? deprecate(responses) : responses,
  };
}

function successes({ answers }: V1Call, keyed: boolean): Responses {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, success(answer, keyed)]));
}

function success({ description, schema, examples, content, headers: own }: Success, keyed: boolean): Part {
  const replayed = keyed ? headers('Idempotency-Replayed') : {};
  return {
    description,
    headers: { ...EVERYWHERE, ...COUNTED, ...replayed, ...own },
    ...(content || schema ? { content: content ?? json(schema ?? {}, examples) } : {}),
  };
}

function failures(call: V1Call, keyed: boolean): Responses {
  const errors = call.errors ?? [];
  const statuses = [400, 403, 404, 409] as const;
  const own = statuses.flatMap((status) => {
    const types = errors.filter((type) => statusOf(type) === status);
    const part = failure(types, sharedOf(call, keyed)[status]);
    return part ? [[String(status), part] as const] : [];
  });
  const hasShape = !call.lenient && (call.parameters !== undefined || call.body !== undefined || keyed);
  return {
    ...Object.fromEntries(own),
    ...(call.open ? {} : { 401: response('V1Unauthorized') }),
    ...(call.body ? { 413: response('V1TooLarge') } : {}),
    ...(hasShape ? { 422: response(keyed ? 'V1InvalidWrite' : 'V1Invalid') } : {}),
    429: response('V1TooManyRequests'),
    500: response('V1InternalError'),
    503: response('V1Unavailable'),
  };
}

/** The shared response of a status, if the call has one. */
function sharedOf(call: V1Call, keyed: boolean): Partial<Record<400 | 403 | 404 | 409, string>> {
  return {
    ...(call.zoned ? { 400: 'V1InvalidTimezone' } : {}),
    ...(call.open ? {} : { 403: 'V1ForeignOrigin' }),
    ...(keyed ? { 409: 'V1IdempotencyKeyInUse' } : {}),
  };
}

function failure(types: readonly DomainErrorType[], shared: string | undefined): Part | undefined {
  if (types.length === 0) return shared === undefined ? undefined : response(shared);
  const own = domainError(types);
  const other = shared === undefined ? [] : [{ $ref: `#/components/schemas/${shared}Body` }];
  return {
    description: types.map((type) => `\`${type}\``).join(', '),
    headers: { ...EVERYWHERE, ...COUNTED, ...(shared === 'V1IdempotencyKeyInUse' ? SOMETIMES_RETRY : {}) },
    content: json(other.length > 0 ? { anyOf: [own, ...other] } : own, examplesOf(types)),
  };
}

/** Adds the deprecation headers to every response of a superseded call, including errors. */
function deprecate(responses: Responses): Responses {
  return Object.fromEntries(
    Object.entries(responses).map(([status, part]) => {
      const name = typeof part['$ref'] === 'string' ? (part['$ref'].split('/').at(-1) ?? '') : undefined;
      if (name !== undefined) return [status, withHeaders(V1_RESPONSES[name] ?? {}, name, asLink(DEPRECATION))];
      return [status, { ...part, headers: { ...(part['headers'] as Part), ...asLink(DEPRECATION) } }];
    }),
  );
}

/** Bodies of the shared responses, for calls with errors of their own under the same status. */
export const SHARED_BODIES = {
  V1InvalidTimezoneBody: domainError(['InvalidTimezoneError']),
  V1ForeignOriginBody: ref('Detail'),
  V1IdempotencyKeyInUseBody: domainError(['IdempotencyKeyInUseError']),
};

export const ok = (description = 'Done.'): Success => ({
  description,
  schema: ref('Ok'),
  examples: { ok: { ok: true } },
});

/** The 401 of a call without sign-in: the credentials in the request are wrong. */
export const V1_CHALLENGE = (detail: string): Part => ({
  description: 'What was sent opens nothing.',
  headers: { ...EVERYWHERE, ...COUNTED, ...headers('WWW-Authenticate') },
  content: json(ref('Detail'), { wrong: { detail } }),
});

/** A list of one type; `Link` has the next page. */
export const page = (name: string, example: unknown): Success => ({
  description: 'One page of the list.',
  schema: { type: 'array', items: ref(name), maxItems: 1_000 },
  examples: { list: [example] },
  headers: { Link: headers('Link')['Link'] },
});

export const one = (name: string, example: unknown, description = 'The room.'): Success => ({
  description,
  schema: ref(name),
  examples: { [name]: example },
});

/** A response that is not JSON. */
export const textOf = (type: string, example: string): Part => ({
  [type]: { schema: text(), examples: { file: { value: example } } },
});

export const LISTED = [parameter('Limit'), parameter('Cursor')];
