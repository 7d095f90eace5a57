import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { poolOf } from '../../src/database/driver.js';
import type { OidcIdentity } from '../../src/identity/oidc/oidc-identity.js';
import { OidcUsers } from '../../src/identity/oidc/oidc-users.js';
import { User } from '../../src/identity/users/user.entity.js';
import { createDatabase } from '../support/database.js';

const ISSUER = 'https://issuer.test';
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

let dataSource: DataSource;
let users: OidcUsers;

beforeAll(async () => {
  dataSource = await new DataSource({
    ...dataSourceOptions(await createDatabase(), { poolSize: 10 }),
    entities: [User],
  }).initialize();
  users = new OidcUsers(new Database(dataSource, poolOf(dataSource)));
});
afterAll(() => dataSource.destroy());
afterEach(() => jest.restoreAllMocks());

const identityWith = (facts: Partial<OidcIdentity> = {}): OidcIdentity => ({
  issuer: ISSUER,
  subject: randomUUID(),
  email: 'ann@example.com',
  emailVerified: true,
  displayName: 'Ann',
  avatarUrl: 'https://img.test/a.png',
  issuedAt: 1_000,
  expiresAt: 4_600,
  authTime: 900,
  ...facts,
});
const stored = async (id: string) => {
  const rows: Record<string, unknown>[] = await dataSource.query(`SELECT * FROM users WHERE id = $1`, [id]);
  return rows[0];
};
const countOf = async ({ issuer, subject }: OidcIdentity): Promise<number> => {
  const [row]: { n: number }[] = await dataSource.query(
    `SELECT count(*)::int AS n FROM users WHERE oidc_issuer = $1 AND oidc_subject = $2`,
    [issuer, subject],
  );
  return row?.n ?? 0;
};

describe('the first sight of somebody', () => {
  it('makes a user whose id is the subject', async () => {
    const identity = identityWith();
    expect(await users.userOf(identity)).toEqual({ userId: identity.subject, changed: true });
    expect(await stored(identity.subject)).toMatchObject({
      oidc_issuer: ISSUER,
      oidc_subject: identity.subject,
      email: null,
      verified_email: 'ann@example.com',
      display_name: null,
      avatar_url: null,
      claims: { display_name: 'Ann', avatar_url: 'https://img.test/a.png', issued_at: 1_000 },
    });
    expect(await users.userOf(identity)).toEqual({ userId: identity.subject, changed: false });
  });

  it('makes one user of forty requests at once', async () => {
    const identity = identityWith();
    const results = await Promise.all(Array.from({ length: 40 }, () => users.userOf(identity)));
    expect(new Set(results.map(({ userId }) => userId))).toEqual(new Set([identity.subject]));
    expect(results.filter(({ changed }) => changed)).toHaveLength(1);
  });

  it('makes one user of forty requests at once when the id is taken, too', async () => {
    const identity = identityWith();
    await dataSource.query(`INSERT INTO users (id) VALUES ($1)`, [identity.subject]);
    const results = await Promise.all(Array.from({ length: 40 }, () => users.userOf(identity)));
    expect(new Set(results.map(({ userId }) => userId)).size).toBe(1);
    expect(results.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await countOf(identity)).toBe(1);
  });

  it('never takes over another user: an own account, or the same subject at another issuer', async () => {
    const identity = identityWith();
    await dataSource.query(`INSERT INTO users (id, email) VALUES ($1, 'own@example.com')`, [identity.subject]);
    const before = await stored(identity.subject);
    const { userId } = await users.userOf(identity);
    const elsewhere = await users.userOf({ ...identity, issuer: 'https://other.test' });
    expect([userId, elsewhere.userId]).toEqual([expect.stringMatching(UUID), expect.stringMatching(UUID)]);
    expect(new Set([identity.subject, userId, elsewhere.userId]).size).toBe(3);
    expect((await users.userOf(identity)).userId).toBe(userId);
    expect(await stored(identity.subject)).toEqual(before);
  });

  it.each([
    ['255 characters', '🦄'.repeat(255), true],
    ['256 characters', 'x'.repeat(256), false],
    ['2,048 random bytes', Array.from({ length: 64 }, () => randomUUID().slice(0, 32)).join(''), false],
  ])('of %s as a subject', async (_name, subject, isId) => {
    const identity = identityWith({ subject });
    const { userId } = await users.userOf(identity);
    expect(userId === subject).toBe(isId);
    expect((await users.userOf(identity)).userId).toBe(userId);
  });

  it('leaves nothing when the transaction it is part of is rolled back', async () => {
    const identity = identityWith();
    const work = dataSource.transaction(async (manager) => {
      expect((await users.userOf(identity, manager)).changed).toBe(true);
      expect((await users.userOf(identity, manager)).changed).toBe(false);
      throw new Error('rolled back');
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await countOf(identity)).toBe(0);
  });

  it('gives two people the same verified address', async () => {
    const [one, other] = [identityWith(), identityWith()];
    await users.userOf(one);
    expect((await users.userOf(other)).changed).toBe(true);
  });
});

describe('a claim that changed', () => {
  it.each<[string, Partial<OidcIdentity>]>([
    ['the name', { displayName: 'Anna' }],
    ['a name that is gone', { displayName: null }],
    ['the picture', { avatarUrl: 'https://img.test/b.png' }],
    ['the address', { email: 'anna@example.com' }],
    ['an address no longer verified', { email: null, emailVerified: false }],
  ])('is taken over: %s', async (_name, change) => {
    const identity = identityWith();
    const { userId } = await users.userOf(identity);
    const changed = { ...identity, ...change, issuedAt: 2_000 };
    expect(await users.userOf(changed)).toEqual({ userId, changed: true });
    expect(await users.userOf(changed)).toEqual({ userId, changed: false });
    expect(await stored(userId)).toMatchObject({
      verified_email: changed.email,
      claims: { display_name: changed.displayName, avatar_url: changed.avatarUrl },
    });
  });

  it('is not undone by an older token of another device', async () => {
    const old = identityWith();
    const { userId } = await users.userOf(old);
    await users.userOf({ ...old, issuedAt: 2_000, email: null, displayName: 'Anna' });
    expect(await users.userOf(old)).toEqual({ userId, changed: false });
    expect(await stored(userId)).toMatchObject({ verified_email: null, claims: { display_name: 'Anna' } });
  });

  it('is not undone by an older token that is looked at meanwhile', async () => {
    const old = identityWith({ displayName: 'Old' });
    const { userId } = await users.userOf({ ...old, issuedAt: 500, displayName: 'First' });
    const { overtaken } = await dataSource.transaction(async (manager) => {
      await users.userOf({ ...old, issuedAt: 2_000, displayName: 'New' }, manager);
      const waiting = users.userOf(old);
      await waitForALock();
      return { overtaken: waiting };
    });
    expect(await overtaken).toEqual({ userId, changed: false });
    expect(await stored(userId)).toMatchObject({ claims: { display_name: 'New' } });
  });

  it('writes nothing when no claim did, however new the token is', async () => {
    const identity = identityWith();
    const { userId } = await users.userOf(identity);
    expect(await users.userOf({ ...identity, issuedAt: 9_000 })).toEqual({ userId, changed: false });
    expect(await stored(userId)).toMatchObject({ claims: { issued_at: 1_000 } });
  });

  it('leaves alone what the person set', async () => {
    const identity = identityWith();
    const { userId } = await users.userOf(identity);
    await dataSource.query(`UPDATE users SET display_name = 'Me', avatar_url = 'https://me.test' WHERE id = $1`, [
      userId,
    ]);
    await users.userOf({ ...identity, issuedAt: 2_000, displayName: 'Anna' });
    expect(await stored(userId)).toMatchObject({ display_name: 'Me', avatar_url: 'https://me.test' });
  });

  it('fails no call when it cannot be written, and nothing else of the transaction', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const identity = identityWith();
    const { userId } = await users.userOf(identity);
    const changed = { ...identity, issuedAt: 2_000, displayName: 'Refused' };
    await dataSource.query(`ALTER TABLE users ADD CONSTRAINT refuse CHECK (claims->>'display_name' <> 'Refused')`);
    try {
      expect(await users.userOf(changed)).toEqual({ userId, changed: false });
      await dataSource.transaction(async (manager) => {
        expect(await users.userOf(changed, manager)).toEqual({ userId, changed: false });
        await manager.query(`UPDATE users SET timezone = 'Asia/Seoul' WHERE id = $1`, [userId]);
      });
    } finally {
      await dataSource.query(`ALTER TABLE users DROP CONSTRAINT refuse`);
    }
    expect(await stored(userId)).toMatchObject({ timezone: 'Asia/Seoul', claims: { display_name: 'Ann' } });
    expect(warn).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('Refused');
  });
});

/** Until a statement of this database waits for another's row. */
async function waitForALock(): Promise<void> {
  for (;;) {
    const [row]: { waiting: boolean }[] = await dataSource.query(
      `SELECT EXISTS (SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting`,
    );
    if (row?.waiting === true) return;
  }
}
