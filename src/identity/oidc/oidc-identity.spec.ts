import { profileOf } from './oidc-identity.js';

const nameOf = (claims: Record<string, unknown>) => profileOf(claims, false).displayName;

describe('the display name', () => {
  it.each<[string | null, Record<string, unknown>]>([
    ['Ann', { name: 'Ann', preferred_username: 'ann1' }],
    ['Ann', { name: '  Ann ' }],
    ['ann1', { preferred_username: 'ann1' }],
    ['ann1', { name: '  ', preferred_username: 'ann1' }],
    ['ann1', { name: 7, preferred_username: 'ann1' }],
    ['ann1', { name: 'a\0b', preferred_username: 'ann1' }],
    ['ann1', { name: 'a\ud800b', preferred_username: 'ann1' }],
    ['Ann', { user_metadata: { name: 'Ann' }, preferred_username: 'ann1' }],
    ['Ann', { user_metadata: { full_name: 'Ann' } }],
    ['Top', { name: 'Top', user_metadata: { name: 'Ann' } }],
    [null, { user_metadata: 'Ann' }],
    [null, { user_metadata: null }],
    [null, {}],
    ['김예은', { name: '김예은' }],
    ['🦄'.repeat(255), { name: '🦄'.repeat(300) }],
  ])('is %j', (expected, claims) => {
    expect(nameOf(claims)).toBe(expected);
  });

  it.each<Record<string, unknown>>([
    { email: 'ann@example.com' },
    { name: 'ann@example.com', email: 'ann@example.com' },
    { preferred_username: 'Ann@Example.com' },
    { user_metadata: { name: 'other@example.com' } },
  ])('is never an e-mail address: %j', (claims) => {
    expect(nameOf(claims)).toBeNull();
  });
});

describe('the e-mail address', () => {
  it.each<[unknown, boolean]>([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
    ['TRUE', false],
    [1, false],
    [null, false],
    [undefined, false],
  ])('verified as %j: %j', (verified, expected) => {
    const profile = profileOf({ email: ' Ann@Example.COM ', email_verified: verified }, false);
    expect(profile.email).toBe(expected ? 'ann@example.com' : null);
    expect(profile.emailVerified).toBe(expected);
  });

  it('needs to be one', () => {
    for (const email of ['ann', 7, undefined, null]) {
      expect(profileOf({ email, email_verified: true }, false)).toMatchObject({ email: null, emailVerified: false });
    }
  });

  it('is verified by user_metadata only when that is trusted, and never against the claim', () => {
    const claims = { email: 'a@b', user_metadata: { email: 'victim@b', email_verified: true } };
    expect(profileOf(claims, false).email).toBeNull();
    expect(profileOf(claims, true).email).toBe('a@b');
    expect(profileOf({ ...claims, email_verified: false }, true).email).toBeNull();
    expect(profileOf({ ...claims, email: undefined }, true).email).toBeNull();
  });
});

describe('the picture', () => {
  const longest = `https://x/${'a'.repeat(2_038)}`;

  it.each<[unknown, string | null]>([
    ['https://x/a.png', 'https://x/a.png'],
    ['http://x/a.png', 'http://x/a.png'],
    [longest, longest],
    [`${longest}a`, null],
    ['javascript:alert(1)', null],
    ['data:image/png;base64,AA', null],
    ['/a.png', null],
    [7, null],
    [undefined, null],
  ])('%j', (picture, expected) => {
    expect(profileOf({ picture }, false).avatarUrl).toBe(expected);
  });
});
