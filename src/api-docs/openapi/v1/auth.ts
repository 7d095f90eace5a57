import { listOf, ref } from '../../schema.js';
import { COUNTED, EVERYWHERE, headers, json, pathPart, type Paths, response, type Responses } from '../parts.js';
import { idPart } from '../v1-requests.js';
import { ok, read, type Success, V1_CHALLENGE, write } from '../v1-call.js';
import { domainError, examplesOf } from '../v1-errors.js';
import { IDS } from '../examples.js';

/** `/v1/auth`: accounts, sessions and tokens of legacy apps (docs/spec/v1.md#31-own-accounts, docs/spec/legacy.md#tokens). */

const EMAIL = 'alice@example.com';
const TOKENS = {
  access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3YjBjIn0.c2lnbmF0dXJl',
  refresh_token: 'q3zV0nYb6H1cQ1l0yJwXk9u2S7gT4mPdRfE5aNhLoBc',
  token_type: 'bearer',
  expires_in: 86_400,
};
const UNKEPT = headers('Cache-Control');

const tokens: Success = {
  description: 'The tokens; with `"cookie": true`, the refresh token is set as a cookie instead.',
  schema: ref('Tokens'),
  examples: { tokens: TOKENS },
  headers: { ...UNKEPT, ...headers('Set-Cookie') },
};

const sessionId = pathPart('id', 'The session’s id.', idPart);
const tokenId = pathPart('id', 'The token’s id.', idPart);

/** A 401 about the request's body, not about an `Authorization` header. */
const wrong = (detail: string): Responses => ({ 401: V1_CHALLENGE(detail) });

const ACCOUNTS: Paths = {
  '/v1/auth/signup': {
    post: write({
      id: 'signUp',
      summary: 'Create an account',
      body: {
        schema: ref('SignUp'),
        examples: { account: { email: EMAIL, password: 'correct horse battery', display_name: 'Alice' } },
      },
      answers: { 201: tokens },
      errors: ['EmailAlreadyRegisteredError'],
      open: true,
      keyless: true,
    }),
  },
  '/v1/auth/login': {
    post: write({
      id: 'logIn',
      summary: 'Sign in',
      body: { schema: ref('LogIn'), examples: { login: { email: EMAIL, password: 'correct horse battery' } } },
      answers: { 200: tokens },
      responses: wrong('Invalid email or password'),
      open: true,
      keyless: true,
    }),
  },
  '/v1/auth/refresh': {
    post: write({
      id: 'refresh',
      summary: 'Refresh the tokens',
      description:
        'The old refresh token is spent. Sent again within 30 seconds it is answered with another pair; after that, using it ends the session.',
      body: { schema: ref('Refresh'), examples: { token: { refresh_token: TOKENS.refresh_token } }, optional: true },
      answers: { 200: tokens },
      responses: wrong('Invalid refresh token'),
      security: [{}, { refreshCookie: [] }],
      open: true,
      keyless: true,
    }),
  },
  '/v1/auth/logout': {
    post: write({
      id: 'logOut',
      summary: 'Sign out',
      answers: { 200: { ...ok(), headers: headers('Set-Cookie') } },
      security: [{ bearer: [] }, { refreshCookie: [] }],
      responses: { 401: response('V1Unauthorized'), 403: response('V1ForeignOrigin') },
      open: true,
      keyless: true,
    }),
  },
};

const SESSIONS: Paths = {
  '/v1/auth/sessions': {
    get: read({
      id: 'listSessions',
      summary: 'List sign-in sessions',
      answers: {
        200: {
          description: 'Newest first.',
          schema: listOf(ref('Session')),
          examples: {
            sessions: [
              {
                id: IDS.other,
                created_at: '2026-01-28T10:00:00Z',
                last_used_at: '2026-01-28T10:15:00Z',
                user_agent: 'Mozilla/5.0',
                current: true,
              },
            ],
          },
        },
      },
    }),
  },
  '/v1/auth/sessions/{id}': {
    delete: write({
      id: 'endSession',
      summary: 'End another session',
      parameters: [sessionId],
      answers: { 200: ok() },
      errors: ['SessionNotFoundError'],
      keyless: true,
    }),
  },
};

const PROOFS: Paths = {
  '/v1/auth/email/code': {
    post: write({
      id: 'sendEmailCode',
      summary: 'Request a code to verify the e-mail address',
      answers: { 202: ok('On its way, unless three went out in the last 15 minutes.') },
      keyless: true,
    }),
  },
  '/v1/auth/email/verify': {
    post: write({
      id: 'verifyEmail',
      summary: 'Verify the e-mail address with the code',
      body: { schema: ref('EmailCode'), examples: { code: { code: 'A1B2C3D4' } } },
      answers: { 200: ok() },
      errors: ['InvalidCodeError'],
      keyless: true,
    }),
  },
  '/v1/auth/password': {
    post: write({
      id: 'changePassword',
      summary: 'Change the password',
      description:
        'Every other session ends. Legacy tokens and the calendar address stay, unless `end_other_access` is true: then they end, too.',
      body: {
        schema: ref('PasswordChange'),
        examples: { change: { password: 'correct horse battery', new_password: 'another fine staple' } },
      },
      answers: { 200: ok() },
      errors: ['ReauthenticationRequiredError'],
      keyless: true,
    }),
  },
  '/v1/auth/password/reset': {
    post: write({
      id: 'requestPasswordReset',
      summary: 'Request a code to reset the password',
      body: { schema: ref('PasswordResetRequest'), examples: { address: { email: EMAIL } } },
      answers: { 202: ok('The response is the same for every address.') },
      open: true,
      keyless: true,
    }),
    put: write({
      id: 'resetPassword',
      summary: 'Set a new password with the code',
      description: 'Ends all sessions and revokes all legacy tokens and the calendar address.',
      body: {
        schema: ref('PasswordReset'),
        examples: { reset: { email: EMAIL, code: 'A1B2C3D4', new_password: 'another fine staple' } },
      },
      answers: { 200: ok() },
      responses: wrong('Invalid code'),
      open: true,
      keyless: true,
    }),
  },
};

const LEGACY_TOKENS: Paths = {
  '/v1/auth/legacy-tokens': {
    post: write({
      id: 'createLegacyToken',
      summary: 'Create a token for a legacy app',
      body: { schema: ref('NewLegacyToken'), examples: { phone: { label: 'Old phone' } }, optional: true },
      answers: {
        201: {
          description: 'The token is shown only once.',
          schema: ref('IssuedLegacyToken'),
          examples: {
            token: {
              id: IDS.other,
              label: 'Old phone',
              token: '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b',
              created_at: '2026-01-28T10:00:00Z',
            },
          },
          headers: UNKEPT,
        },
      },
      responses: {
        404: {
          description: 'For a repeat with the same key: the token has been revoked since.',
          headers: { ...EVERYWHERE, ...COUNTED, ...UNKEPT },
          content: json(domainError(['TokenNotFoundError']), examplesOf(['TokenNotFoundError'])),
        },
      },
    }),
    get: read({
      id: 'listLegacyTokens',
      summary: 'List tokens of legacy apps',
      answers: {
        200: {
          description: 'Without the tokens themselves.',
          schema: listOf(ref('LegacyToken')),
          examples: {
            tokens: [
              {
                id: IDS.other,
                label: 'Old phone',
                created_at: '2026-01-28T10:00:00Z',
                last_used_at: null,
                calls: 0,
              },
            ],
          },
        },
      },
    }),
  },
  '/v1/auth/legacy-tokens/{id}': {
    delete: write({
      id: 'revokeLegacyToken',
      summary: 'Revoke a token',
      parameters: [tokenId],
      answers: { 200: ok() },
      errors: ['TokenNotFoundError'],
    }),
  },
};

export const AUTH_PATHS: Paths = { ...ACCOUNTS, ...SESSIONS, ...PROOFS, ...LEGACY_TOKENS };
