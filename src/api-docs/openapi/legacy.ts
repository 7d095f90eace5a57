import { always, answered, flag, listOf, ref, type Schema, type Schemas, sent, text } from '../schema.js';
import {
  COUNTED,
  EVERYWHERE,
  type Examples,
  headers,
  json,
  parameter,
  type Part,
  type Paths,
  query,
  response,
  type Responses,
  SOMETIMES_RETRY,
} from './parts.js';

/** `/v1/user/…` with `Authorization: Token …` (docs/spec/legacy.md#tokens). */

const SUPERSEDED = { Deprecation: headers('Deprecation')['Deprecation'], Link: headers('Link-Docs')['Link-Docs'] };
const SENT = { ...EVERYWHERE, ...COUNTED, ...SUPERSEDED };

const data = answered({});

/** @param detial the misspelt key of the original document, beside the correct one that clients read */
const timerReply = (status: number, words: Schema): Schema =>
  answered(
    { status: always(status), detial: words, detail: words, data },
    { optional: ['detail'], description: '`LEGACY_STRICT_BODY=true` omits `detail`, as in the original document.' },
  );

const plain = (status: number, words: Schema = text(), content: Schema = data): Schema =>
  answered({ status: always(status), detail: words, data: content });

export const LEGACY_SCHEMAS: Schemas = {
  LegacyStart: sent(
    {
      title: {
        type: ['string', 'number', 'boolean'],
        description: 'Trimmed. A number or boolean is its text.',
        minLength: 1,
        examples: ['수학 공부'],
      },
    },
    ['title'],
    'At most 255 characters.',
  ),
  LegacySignIn: sent({ username: text('The e-mail address.'), password: text() }, ['username', 'password']),
  LegacyCodeRequest: sent({ email: text() }, ['email']),
  LegacyDone: timerReply(200, always('OK')),
  LegacyConflict: timerReply(409, text()),
  LegacyRefusal: plain(400),
  LegacyFault: answered(
    { detail: text(), status: { type: 'integer' }, data },
    { description: 'Errors common to all calls.' },
  ),
  LegacySignedIn: answered({ token: text('40 hex characters.', { pattern: '^[0-9a-f]{40}$' }) }),
  LegacyFieldErrors: answered(
    {
      username: listOf(text()),
      password: listOf(text()),
      non_field_errors: listOf(text()),
    },
    { optional: ['username', 'password', 'non_field_errors'], description: 'As worded by Django REST Framework.' },
  ),
};

const answer = (description: string, schema: Schema, examples: Examples, more: Part = {}): Part => ({
  description,
  headers: { ...SENT, ...more },
  content: json(schema, examples),
});

const fault = (description: string, status: number, detail: string, more: Part = {}): Part =>
  answer(description, ref('LegacyFault'), { fault: { detail, status, data: {} } }, more);

export const LEGACY_RESPONSES: Responses = {
  LegacyUnauthorized: answer(
    'The token is missing, malformed, unknown or revoked.',
    answered({ detail: always('Invalid token.') }),
    { invalid: { detail: 'Invalid token.' } },
    headers('WWW-Authenticate'),
  ),
  LegacyTooLarge: fault('The body is larger than `BODY_MAX_BYTES`.', 413, 'Request body too large'),
  LegacyUnsupported: fault('The body is neither a form nor JSON.', 415, 'Unsupported Media Type'),
  LegacyInvalidKey: fault(
    'The `Idempotency-Key` is invalid or was used for another request.',
    422,
    'Idempotency key was used for another request',
  ),
  LegacyTooMany: fault(
    'Too many requests; retry after `Retry-After` seconds.',
    429,
    'Too many requests',
    headers('Retry-After'),
  ),
  LegacyInternalError: fault('An error in the server.', 500, 'Internal server error'),
  LegacyUnavailable: fault(
    'The database is unavailable; the command may have taken effect.',
    503,
    'Service temporarily unavailable, try again',
    headers('Retry-After'),
  ),
  LegacyNotFound: fault('No such route.', 404, 'Not Found'),
  LegacyMethodNotAllowed: fault('The path does not support this method.', 405, 'Method Not Allowed', headers('Allow')),
};

interface LegacyCall {
  readonly id: string;
  readonly summary: string;
  readonly parameters?: readonly Part[];
  readonly body?: { readonly schema: Schema; readonly example: unknown };
  readonly answers: Responses;
  /** Issues a token: `Authorization` is ignored. */
  readonly open?: true;
}

const form = ({ schema, example }: { schema: Schema; example: unknown }): Part => ({
  required: true,
  content: {
    'application/x-www-form-urlencoded': { schema, example },
    'multipart/form-data': { schema, example },
    'application/json': { schema, example },
  },
});

function call({ id, summary, parameters, body, answers, open }: LegacyCall): Part {
  return {
    operationId: id,
    tags: ['Legacy'],
    summary,
    security: open ? [] : [{ token: [] }],
    ...(parameters ? { parameters } : {}),
    ...(body ? { requestBody: form(body) } : {}),
    responses: {
      ...answers,
      ...(open ? {} : { 401: response('LegacyUnauthorized') }),
      ...(body ? { 413: response('LegacyTooLarge'), 415: response('LegacyUnsupported') } : {}),
      429: response('LegacyTooMany'),
      500: response('LegacyInternalError'),
      503: response('LegacyUnavailable'),
    },
  };
}

const refusal = (detail: string): Part =>
  answer('A value is missing or invalid.', ref('LegacyRefusal'), {
    missing: { status: 400, detail, data: {} },
  });

const conflict = (why: string, detail: string): Part =>
  answer(
    `${why}; or the same request is still in progress.`,
    { anyOf: [ref('LegacyConflict'), ref('LegacyFault')] },
    { conflict: { status: 409, detial: detail, detail, data: {} } },
    SOMETIMES_RETRY,
  );

/** The responses of start and stop that an idempotency key may cause (docs/spec/extensions.md#idempotency). */
const done: Part = answer(
  'Done.',
  ref('LegacyDone'),
  { ok: { status: 200, detial: 'OK', detail: 'OK', data: {} } },
  headers('Idempotency-Replayed'),
);

const TIMER: Paths = {
  '/v1/user/timer/start/': {
    post: call({
      id: 'legacyStart',
      summary: 'Start timer',
      parameters: [parameter('IdempotencyKey')],
      body: { schema: ref('LegacyStart'), example: { title: '수학 공부' } },
      answers: {
        200: done,
        400: refusal('Some values are missing'),
        409: conflict('A timer of this user is running, whichever API started it', 'Timer is already running'),
        422: response('LegacyInvalidKey'),
      },
    }),
  },
  '/v1/user/timer/stop/': {
    post: call({
      id: 'legacyStop',
      summary: 'Stop timer',
      parameters: [parameter('IdempotencyKey')],
      answers: {
        200: done,
        409: conflict('No timer of this user is running', 'Timer is already stopped'),
        422: response('LegacyInvalidKey'),
      },
    }),
  },
};

const EXISTS = answered({ isEmailExist: flag('The address is already registered.'), emailSent: always(true) });

const SIGN_IN: Paths = {
  '/v1/user/token/': {
    post: call({
      id: 'legacySignIn',
      summary: 'Get a token for e-mail and password',
      body: { schema: ref('LegacySignIn'), example: { username: 'alice@example.com', password: 'correct horse' } },
      answers: {
        200: answer('A new token.', ref('LegacySignedIn'), {
          token: { token: '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b' },
        }),
        400: answer('The credentials are wrong or incomplete.', ref('LegacyFieldErrors'), {
          wrong: { non_field_errors: ['Unable to log in with provided credentials.'] },
        }),
      },
      open: true,
    }),
  },
  '/v1/user/manage/signin/': {
    post: call({
      id: 'legacySendCode',
      summary: 'Request a code by mail',
      body: { schema: ref('LegacyCodeRequest'), example: { email: 'alice@example.com' } },
      answers: {
        200: answer('The code was sent.', plain(200, always('OK'), EXISTS), {
          sent: { status: 200, detail: 'OK', data: { isEmailExist: true, emailSent: true } },
        }),
        400: refusal('Some values are missing'),
      },
      open: true,
    }),
    put: call({
      id: 'legacySignInByCode',
      summary: 'Get a token for a mailed code',
      parameters: [
        query('auth', 'The mailed code, 8 characters in any case.', text(), { required: true }),
        query('email', 'The address the code was mailed to.', text(), { required: true }),
      ],
      answers: {
        200: answer('A new token.', plain(200, always('OK'), ref('LegacySignedIn')), {
          token: { status: 200, detail: 'OK', data: { token: '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b' } },
        }),
        400: refusal('Some values are missing'),
        401: answer(
          'No such code.',
          plain(401),
          { wrong: { status: 401, detail: 'invalid auth code', data: {} } },
          headers('WWW-Authenticate'),
        ),
        410: answer('The code is older than five minutes.', plain(410), {
          late: { status: 410, detail: 'time limit exceeded (5min)', data: {} },
        }),
      },
      open: true,
    }),
  },
  '/v1/user/info/manage/basic/checktoken/': {
    get: call({
      id: 'legacyCheckToken',
      summary: 'Check a token',
      answers: {
        200: answer('The token is valid.', plain(200, always('Valid Token')), {
          valid: { status: 200, detail: 'Valid Token', data: {} },
        }),
      },
    }),
  },
};

export const LEGACY_PATHS: Paths = { ...TIMER, ...SIGN_IN };
