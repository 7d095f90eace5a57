import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';

import { readSettings } from '../../src/config/settings.js';
import { AuthenticationUnavailableError } from '../../src/identity/access-tokens/authentication-unavailable.js';
import { InvalidAccessTokenError } from '../../src/identity/access-tokens/invalid-access-token.js';
import { OidcVerifier } from '../../src/identity/oidc/oidc-verifier.js';
import { forge, OidcIssuer, type SigningKey } from './support/oidc-issuer.js';

const AUDIENCE = 'urn:metronome';

let issuer: OidcIssuer;

beforeAll(async () => {
  issuer = await OidcIssuer.start();
});
afterAll(() => issuer.stop());
beforeEach(() => jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined));
afterEach(async () => {
  jest.restoreAllMocks();
  await issuer.setMode('up');
});

const verifierWith = (env: Record<string, string> = {}): OidcVerifier =>
  new OidcVerifier(readSettings({ OIDC_ISSUER_URL: issuer.url, OIDC_AUDIENCE: AUDIENCE, ...env }));
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
const claimsWith = (claims: Record<string, unknown> = {}) => ({
  iss: issuer.url,
  sub: 'ann',
  aud: AUDIENCE,
  iat: nowSeconds(),
  exp: nowSeconds() + 300,
  ...claims,
});
const tokenWith = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string =>
  forge(claimsWith(claims), issuer.key(), header);
const refusalOf = async (token: string, verifier = verifierWith()): Promise<string> => {
  const error: unknown = await verifier.verify(token).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InvalidAccessTokenError);
  return (error as InvalidAccessTokenError).message;
};
/** From now on it is this much later, for whoever reads the clock. */
const later = (milliseconds: number): void => {
  const real = Date.now.bind(Date);
  const offset = real() + milliseconds - performance.now();
  jest.spyOn(Date, 'now').mockImplementation(() => Math.round(offset + performance.now()));
};
const fetchesDuring = async (work: () => Promise<unknown>): Promise<{ discovery: number; keys: number }> => {
  const before = await issuer.requests();
  await work();
  const after = await issuer.requests();
  return { discovery: after.discovery - before.discovery, keys: after.keys - before.keys };
};

describe('tokens of a real provider', () => {
  const claims = { name: 'Ann', picture: 'https://img.test/a.png', email: ' Ann@Example.COM', email_verified: true };

  it('are believed: the access token for our audience', async () => {
    const { accessToken } = await issuer.signIn('real-ann', claims, AUDIENCE);
    const identity = await verifierWith().verify(accessToken);
    expect(identity).toEqual({
      issuer: issuer.url,
      subject: 'real-ann',
      email: 'ann@example.com',
      emailVerified: true,
      displayName: 'Ann',
      avatarUrl: 'https://img.test/a.png',
      issuedAt: expect.any(Number) as number,
      expiresAt: identity.issuedAt + 3_600,
      authTime: identity.issuedAt,
    });
  });

  it('are believed: the ID token for the client, with the time of the sign-in', async () => {
    const { idToken } = await issuer.signIn('real-bob', claims, AUDIENCE);
    const identity = await verifierWith({ OIDC_AUDIENCE: issuer.clientId }).verify(idToken);
    expect(identity).toMatchObject({ subject: 'real-bob', displayName: 'Ann', email: 'ann@example.com' });
    expect(Math.abs(identity.authTime - nowSeconds())).toBeLessThan(5);
  });

  it('are refused when they are for somebody else', async () => {
    const { accessToken, idToken } = await issuer.signIn('real-ann', claims, 'urn:another');
    expect(await refusalOf(accessToken)).toBe('Invalid audience');
    expect(await refusalOf(idToken)).toBe('Invalid audience');
  });

  it('are believed whomever they are for when no audience is configured', async () => {
    const { accessToken } = await issuer.signIn('real-ann', claims, 'urn:another');
    expect((await verifierWith({ OIDC_AUDIENCE: '' }).verify(accessToken)).subject).toBe('real-ann');
  });
});

describe('the time of the sign-in', () => {
  it.each<[string, unknown, number]>([
    ['auth_time', 1_000, 1_000],
    ['iat, without auth_time', undefined, 2_000],
    ['iat, when auth_time is no number', '1000', 2_000],
  ])('is %s', async (_name, authTime, expected) => {
    const token = tokenWith({ iat: 2_000, auth_time: authTime });
    expect((await verifierWith().verify(token)).authTime).toBe(expected);
  });
});

describe('what is checked', () => {
  it.each([
    ['an audience list with ours', { aud: ['urn:another', AUDIENCE] }],
    ['an issuer that ends its name with a slash', () => ({ iss: `${issuer.url}/` })],
    ['a clock a few seconds ahead of ours', () => ({ iat: nowSeconds() + 5, nbf: nowSeconds() + 5 })],
    ['the longest sub', { sub: 'x'.repeat(2_048) }],
  ])('believes %s', async (_name, claims) => {
    const token = tokenWith(typeof claims === 'function' ? claims() : claims);
    expect((await verifierWith().verify(token)).issuer).toBe(issuer.url);
  });

  it.each<[string, string, Record<string, unknown> | (() => Record<string, unknown>)]>([
    ['Invalid audience', 'another audience', { aud: 'urn:another' }],
    ['Invalid audience', 'a list without ours', { aud: ['urn:another', `${AUDIENCE}:x`] }],
    ['Invalid audience', 'no audience', { aud: undefined }],
    ['Invalid audience', 'an audience of another type', { aud: { [AUDIENCE]: true } }],
    ['Invalid issuer: https://evil.test', 'another issuer', { iss: 'https://evil.test' }],
    ['Invalid issuer: none', 'no issuer', { iss: undefined }],
    ['Invalid issuer: none', 'an issuer list', () => ({ iss: [issuer.url] })],
    [`Invalid issuer: ${'x'.repeat(255)}`, 'a very long issuer', { iss: 'x'.repeat(5_000) }],
    [`Token missing 'sub' claim`, 'no sub', { sub: undefined }],
    [`Token missing 'sub' claim`, 'an empty sub', { sub: '' }],
    [`Token missing 'sub' claim`, 'a number for sub', { sub: 7 }],
    ['Invalid token: sub malformed', 'a sub no database keeps', { sub: 'a\0b' }],
    ['Invalid token: sub malformed', 'a sub longer than an index takes', { sub: 'x'.repeat(2_049) }],
    ['Invalid token: expired', 'an exp in the past', () => ({ exp: nowSeconds() - 1 })],
    ['Invalid token: expired', 'an exp long past', { exp: 1_000_000 }],
    ['Invalid token: exp missing or malformed', 'no exp', { exp: undefined }],
    ['Invalid token: exp missing or malformed', 'a text for exp', { exp: '9999999999' }],
    ['Invalid token: iat missing or malformed', 'no iat', { iat: undefined }],
    ['Invalid token: not yet valid', 'an iat in the future', () => ({ iat: nowSeconds() + 60 })],
    ['Invalid token: not yet valid', 'an nbf in the future', () => ({ nbf: nowSeconds() + 60 })],
  ])('says "%s" to %s', async (message, _name, claims) => {
    expect(await refusalOf(tokenWith(typeof claims === 'function' ? claims() : claims))).toBe(message);
  });

  it.each(['', 'x', 'a.b', 'a.b.c', '..', 'a.b.c.d.e', '🦄.🦄.🦄'])('calls %j malformed', async (token) => {
    expect(await refusalOf(token)).toBe('Invalid token: malformed');
  });

  it('believes nobody when no issuer is configured', async () => {
    const verifier = new OidcVerifier(readSettings({}));
    expect(verifier.issuer).toBeUndefined();
    expect(await refusalOf(tokenWith(), verifier)).toBe(`Invalid issuer: ${issuer.url}`);
  });

  it('asks nobody for keys because of another issuer or no token at all', async () => {
    const verifier = verifierWith();
    const asked = await fetchesDuring(async () => {
      await refusalOf(tokenWith({ iss: 'https://evil.test' }), verifier);
      await refusalOf('x', verifier);
    });
    expect(asked).toEqual({ discovery: 0, keys: 0 });
  });
});

describe('signatures', () => {
  it.each(['RS256', 'ES256'])('believes %s', async (alg) => {
    expect((await verifierWith().verify(forge(claimsWith(), issuer.key(alg)))).subject).toBe('ann');
  });

  it.each(['none', 'None', 'HS256', 'HS384', 'HS512', 'PS256', 'EdDSA', 'ES256K', '', 5])(
    'refuses alg %j',
    async (alg) => {
      const signed = ['HS256', 'HS384', 'HS512', 'PS256', 'none'].includes(String(alg));
      const token = signed ? tokenWith({}, { alg }) : withHeader(tokenWith(), { alg, kid: issuer.key().kid });
      expect(await refusalOf(token)).toBe(
        alg === '' || alg === 5 ? 'Invalid token: malformed' : 'Invalid token: algorithm not allowed',
      );
    },
  );

  it('refuses none with the signature of a good token', async () => {
    const [, claims, signature] = tokenWith().split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await refusalOf(`${header}.${claims}.${signature}`)).toBe('Invalid token: algorithm not allowed');
  });

  it('refuses another key under the right name', async () => {
    expect(await refusalOf(forge(claimsWith(), stranger(issuer.key().kid)))).toBe('Invalid token: bad signature');
  });

  it('refuses changed claims', async () => {
    const [header, , signature] = tokenWith().split('.');
    const claims = Buffer.from(JSON.stringify(claimsWith({ sub: 'bob' }))).toString('base64url');
    expect(await refusalOf(`${header}.${claims}.${signature}`)).toBe('Invalid token: bad signature');
  });

  it('takes no key from the token itself', async () => {
    const key = stranger('mine');
    const { n, e, kty } = key;
    expect(await refusalOf(forge(claimsWith(), key, { jwk: { n, e, kty } }))).toBe('Invalid token: unknown key');
  });

  it('refuses extensions it does not know', async () => {
    expect(await refusalOf(tokenWith({}, { crit: ['b64'], b64: false }))).toBe('Invalid token: malformed');
    expect(await refusalOf(tokenWith({}, { crit: ['x'], x: 1 }))).toBe('Invalid token: malformed');
  });

  it('finds the key of a token that names none, even among several of its kind', async () => {
    await issuer.rotate({ rsaKeys: 3 });
    const verifier = verifierWith();
    for (const kid of issuer.keyIds('RS256')) {
      const token = forge(claimsWith(), issuer.key('RS256', kid), { kid: undefined });
      expect((await verifier.verify(token)).subject).toBe('ann');
    }
    const foreign = forge(claimsWith(), stranger('x'), { kid: undefined });
    expect(await refusalOf(foreign, verifier)).toBe('Invalid token: bad signature');
    await issuer.rotate();
  });
});

describe('the keys of the issuer', () => {
  it('are fetched once, however many ask at once, and again after an hour', async () => {
    const verifier = verifierWith();
    const many = () => Promise.all(Array.from({ length: 50 }, () => verifier.verify(tokenWith())));
    expect(await fetchesDuring(many)).toEqual({ discovery: 1, keys: 1 });
    later(3_590_000);
    expect(await fetchesDuring(many)).toEqual({ discovery: 0, keys: 0 });
    later(20_000);
    expect(await fetchesDuring(many)).toEqual({ discovery: 1, keys: 1 });
  });

  it('may rotate at any moment: the new one is believed at once, the old one no longer', async () => {
    const verifier = verifierWith();
    const old = tokenWith();
    await verifier.verify(old);
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await issuer.rotate();
      const { accessToken } = await issuer.signIn('rotating', {}, AUDIENCE);
      expect((await verifier.verify(accessToken)).subject).toBe('rotating');
    }
    expect(await refusalOf(old, verifier)).toBe('Invalid token: unknown key');
  });

  it('are not fetched for every invented name', async () => {
    const verifier = verifierWith();
    await verifier.verify(tokenWith());
    const flood = async () => {
      for (let round = 0; round < 20; round += 1) {
        const tokens = Array.from({ length: 25 }, (_, index) => tokenWith({}, { kid: `${round}-${index}` }));
        for (const message of await Promise.all(tokens.map((token) => refusalOf(token, verifier)))) {
          expect(message).toBe('Invalid token: unknown key');
        }
      }
    };
    expect((await fetchesDuring(flood)).keys).toBeLessThanOrEqual(7);
    expect((await verifier.verify(tokenWith())).subject).toBe('ann');
    await issuer.rotate();
    later(5_000);
    expect((await verifier.verify(tokenWith())).subject).toBe('ann');
  });

  it('come from OIDC_DISCOVERY_URL when it is given, whatever the issuer is called', async () => {
    const verifier = verifierWith({
      OIDC_ISSUER_URL: 'https://public.test',
      OIDC_DISCOVERY_URL: `${issuer.url}/.well-known/openid-configuration`,
    });
    expect((await verifier.verify(tokenWith({ iss: 'https://public.test' }))).issuer).toBe('https://public.test');
    expect(await refusalOf(tokenWith(), verifier)).toBe(`Invalid issuer: ${issuer.url}`);
  });

  it('are not taken from a document of another issuer', async () => {
    const url = issuer.url.replace('127.0.0.1', 'localhost');
    const failure = verifierWith({ OIDC_ISSUER_URL: url }).verify(tokenWith({ iss: url }));
    await expect(failure).rejects.toThrow(AuthenticationUnavailableError);
  });
});

describe('an issuer that does not answer', () => {
  it.each(['down', 'broken', 'silent'] as const)('(%s) is a 503 within 3 s, until it is back', async (mode) => {
    const verifier = verifierWith();
    await issuer.setMode(mode);
    const began = performance.now();
    await expect(verifier.verify(tokenWith())).rejects.toThrow('Authentication service unavailable');
    expect(performance.now() - began).toBeLessThan(3 * 3_000);
    await issuer.setMode('up');
    later(1_000);
    expect((await verifier.verify(tokenWith())).subject).toBe('ann');
  });

  it('is not asked once per request', async () => {
    const verifier = verifierWith();
    await issuer.setMode('broken');
    const requests = async () => {
      for (let request = 0; request < 100; request += 1) {
        await expect(verifier.verify(tokenWith())).rejects.toThrow(AuthenticationUnavailableError);
      }
    };
    expect((await fetchesDuring(requests)).discovery).toBeLessThanOrEqual(2);
  });

  it('stops nobody whose key is known, and signs nobody out whose key is new', async () => {
    const verifier = verifierWith();
    const known = tokenWith();
    await verifier.verify(known);
    await issuer.rotate();
    await issuer.setMode('down');
    for (let second = 0; second < 10; second += 1) {
      await expect(verifier.verify(tokenWith())).rejects.toThrow(AuthenticationUnavailableError);
      later(1_000);
    }
    expect((await verifier.verify(known)).subject).toBe('ann');
  });

  it('is logged for the operator, without the token', async () => {
    await issuer.setMode('down');
    const token = tokenWith();
    await expect(verifierWith().verify(token)).rejects.toThrow();
    const lines = JSON.stringify(jest.mocked(Logger.prototype).warn.mock.calls);
    expect(lines).toContain('ECONNREFUSED');
    for (const part of token.split('.')) expect(lines).not.toContain(part);
  });
});

function withHeader(token: string, header: Record<string, unknown>): string {
  const [, claims, signature] = token.split('.');
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.${signature}`;
}

/** A key that is not the issuer's. */
function stranger(kid: string): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', kid };
}
