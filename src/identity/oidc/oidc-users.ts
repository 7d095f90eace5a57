import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Database } from '../../database/database.js';
import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import type { OidcIdentity } from './oidc-identity.js';

/** v1.md 1.1. */
const MAX_ID_CHARACTERS = 255;

/** Whom an identity belongs to. */
export interface OidcUser {
  readonly userId: string;
  /** Whether this call made the user or refreshed the profile. */
  readonly changed: boolean;
}

/** `users.claims`: what the issuer last said, and in a token of when (Unix seconds). */
interface StoredClaims {
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  readonly issued_at: number;
}

interface KnownUser {
  readonly id: string;
  readonly verified_email: string | null;
  readonly claims: StoredClaims | null;
}

/** The people of an outside issuer: made on first sight, kept as the issuer describes them (v1.md 3.2, 9). */
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
    if (known === undefined) return firstSight(identity, manager);
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

/** The id is the subject, or a new one when the subject is another user's id or too long for one (v1.md 3.2). */
async function firstSight(identity: OidcIdentity, manager: EntityManager): Promise<OidcUser> {
  const { subject } = identity;
  const wanted = Array.from(subject).length <= MAX_ID_CHARACTERS ? [subject] : [];
  for (const id of [...wanted, randomUUID()]) {
    if (await insert(id, identity, manager)) return { userId: id, changed: true };
    const madeMeanwhile = await find(identity, manager);
    if (madeMeanwhile !== undefined) return { userId: madeMeanwhile.id, changed: false };
  }
  throw new ServiceUnavailableError();
}

async function find({ issuer, subject }: OidcIdentity, manager: EntityManager): Promise<KnownUser | undefined> {
  const [known]: KnownUser[] = await manager.query(
    `SELECT id, verified_email, claims FROM users WHERE oidc_issuer = $1 AND oidc_subject = $2`,
    [issuer, subject],
  );
  return known;
}

/** @returns false when the id is taken, or the user was made meanwhile */
async function insert(id: string, identity: OidcIdentity, manager: EntityManager): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `INSERT INTO users (id, oidc_issuer, oidc_subject, verified_email, claims) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING RETURNING id`,
    [id, identity.issuer, identity.subject, identity.email, claimsOf(identity)],
  );
  return rows.length > 0;
}

/** @returns false when a newer token was seen meanwhile */
async function update(id: string, identity: OidcIdentity, manager: EntityManager): Promise<boolean> {
  const [, count]: [unknown, number] = await manager.query(
    `UPDATE users SET verified_email = $2, claims = $3
     WHERE id = $1 AND COALESCE((claims->>'issued_at')::numeric, 0) <= $4`,
    [id, identity.email, claimsOf(identity), identity.issuedAt],
  );
  return count > 0;
}

/** Of two devices with tokens of before and after a change, the older token must not undo it. */
function isNews(identity: OidcIdentity, { claims, verified_email: email }: KnownUser): boolean {
  const differs =
    email !== identity.email ||
    claims?.display_name !== identity.displayName ||
    claims.avatar_url !== identity.avatarUrl;
  return differs && identity.issuedAt >= (claims?.issued_at ?? 0);
}

function claimsOf({ displayName, avatarUrl, issuedAt }: OidcIdentity): StoredClaims {
  return { display_name: displayName, avatar_url: avatarUrl, issued_at: issuedAt };
}
