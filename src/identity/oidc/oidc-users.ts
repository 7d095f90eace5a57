import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Database } from '../../database/database.js';
import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { type Claims, User } from '../users/user.entity.js';
import { ISSUED_BEFORE } from '../users/users.sql.js';
import type { OidcIdentity } from './oidc-identity.js';

/** docs/spec/v1.md#11-requests-and-replies. */
const MAX_ID_CHARACTERS = 255;

/** Whom an identity belongs to. */
export interface OidcUser {
  readonly userId: string;
  /** Whether this call made the user or refreshed the profile. */
  readonly changed: boolean;
}

type KnownUser = Pick<User, 'id' | 'verifiedEmail' | 'claims'>;

/**
 * The people of an outside issuer: made on first sight, kept as the issuer describes them
 * (docs/spec/v1.md#32-openid-connect, docs/spec/v1.md#9-usersme).
 */
@Injectable()
export class OidcUsers {
  private readonly logger = new Logger(OidcUsers.name);

  constructor(private readonly database: Database) {}

  /**
   * The user with this (iss, sub), made if there is none: decided by the database, so that a person's first requests,
   * however many come at once, make one user. A profile that cannot be refreshed stays as it was.
   */
  async userOf(identity: OidcIdentity, manager: EntityManager = this.database.manager): Promise<OidcUser> {
    const known = await find(identity, manager);
    if (known === null) return firstSight(identity, manager);
    const changed = isNews(identity, known) && (await this.refresh(known.id, identity, manager));
    return { userId: known.id, changed };
  }

  /** In a savepoint of the caller's transaction, if there is one, so that failing does not fail the call. */
  private async refresh(id: string, identity: OidcIdentity, manager: EntityManager): Promise<boolean> {
    try {
      return await manager.transaction((nested) => update(id, identity, nested));
    } catch (error) {
      this.logger.warn({ msg: 'profile not refreshed from the claims', ...describeError(error) });
      return false;
    }
  }
}

/**
 * The id is the subject, or a new one when the subject is another user's id or too long for one
 * (docs/spec/v1.md#32-openid-connect).
 */
async function firstSight(identity: OidcIdentity, manager: EntityManager): Promise<OidcUser> {
  const { subject } = identity;
  const wanted = Array.from(subject).length <= MAX_ID_CHARACTERS ? [subject] : [];
  for (const id of [...wanted, randomUUID()]) {
    if (await insert(id, identity, manager)) return { userId: id, changed: true };
    const madeMeanwhile = await find(identity, manager);
    if (madeMeanwhile !== null) return { userId: madeMeanwhile.id, changed: false };
  }
  throw new ServiceUnavailableError();
}

function find({ issuer, subject }: OidcIdentity, manager: EntityManager): Promise<KnownUser | null> {
  const select = { id: true, verifiedEmail: true, claims: true };
  return manager.findOne(User, { select, where: { oidcIssuer: issuer, oidcSubject: subject } });
}

/** @returns false when the id is taken, or the user was made meanwhile */
async function insert(id: string, identity: OidcIdentity, manager: EntityManager): Promise<boolean> {
  const { issuer: oidcIssuer, subject: oidcSubject, email: verifiedEmail } = identity;
  const user = { id, oidcIssuer, oidcSubject, verifiedEmail, claims: claimsOf(identity) };
  const insertion = manager.createQueryBuilder().insert().into(User).values(user).orIgnore().returning('id');
  return ((await insertion.execute()).raw as unknown[]).length > 0;
}

/** @returns false when a newer token was seen meanwhile */
async function update(id: string, identity: OidcIdentity, manager: EntityManager): Promise<boolean> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(User)
    .set({ verifiedEmail: identity.email, claims: claimsOf(identity) })
    .where('id = :id', { id })
    .andWhere(ISSUED_BEFORE, { issuedAt: identity.issuedAt })
    .execute();
  return affected === 1;
}

/** Of two devices with tokens of before and after a change, the older token must not undo it. */
function isNews(identity: OidcIdentity, { claims, verifiedEmail: email }: KnownUser): boolean {
  const differs =
    email !== identity.email ||
    claims?.display_name !== identity.displayName ||
    claims.avatar_url !== identity.avatarUrl;
  return differs && identity.issuedAt >= (claims?.issued_at ?? 0);
}

function claimsOf({ displayName, avatarUrl, issuedAt }: OidcIdentity): Claims {
  return { display_name: displayName, avatar_url: avatarUrl, issued_at: issuedAt };
}
