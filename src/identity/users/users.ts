import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { Failure } from '../../common/errors.js';
import { User } from './user.entity.js';
import { CREATE_UNLESS_TAKEN, KEEP_BY_EMAIL, PROVE_EMAIL } from './users.sql.js';

/** An own account with this address exists already (docs/spec/v1.md#21-domain-errors-and-500). */
export class EmailTakenError extends Failure {
  readonly code = 'EMAIL_TAKEN';

  constructor() {
    super('Email already registered');
  }
}

/** What an account is made from. */
export interface NewUser {
  /** Normalised. */
  readonly email: string;
  readonly displayName?: string | undefined;
  /** argon2id in PHC form; without it the account opens by mailed codes and tokens only. */
  readonly passwordHash?: string | undefined;
  /** Somebody who may says that the address is theirs: the operator (docs/spec/legacy.md#tokens). */
  readonly vouchedFor?: boolean;
}

/** The people this server knows. */
@Injectable()
export class Users {
  constructor(private readonly database: Database) {}

  /** @param email normalised */
  findByEmail(email: string): Promise<User | null> {
    return this.database.repository(User).findOneBy({ email });
  }

  /** The address of an own account. */
  async emailOf(id: string): Promise<string | undefined> {
    const user = await this.database.repository(User).findOne({ select: { id: true, email: true }, where: { id } });
    return user?.email ?? undefined;
  }

  /** @returns the new account's id; @throws EmailTakenError */
  async create(user: NewUser): Promise<string> {
    const id = await this.createUnlessTaken(user);
    if (id === undefined) throw new EmailTakenError();
    return id;
  }

  /** @returns the new account's id, undefined when its address has one: the database decides which of two is first */
  async createUnlessTaken({ email, displayName, passwordHash, vouchedFor }: NewUser): Promise<string | undefined> {
    const values = [randomUUID(), email, displayName ?? null, passwordHash ?? null, vouchedFor ?? false];
    const [created] = await this.database.query<{ id: string }>(CREATE_UNLESS_TAKEN, values);
    return created?.id;
  }

  /**
   * Holds the person's row until the commit. A write that only refers to the person, as a new timer does, does not wait.
   * @returns false when there is no such person
   */
  hold(id: string): Promise<boolean> {
    return this.lock(id, 'for_no_key_update');
  }

  /** {@link hold}, and writes that refer to the person wait too: the row is about to go. */
  holdToDelete(id: string): Promise<boolean> {
    return this.lock(id, 'pessimistic_write');
  }

  /** Keeps the person from being deleted before the commit. @returns false when there is no such person */
  keep(id: string): Promise<boolean> {
    return this.lock(id, 'for_key_share');
  }

  /** {@link keep}, by the code that friends enter. @returns the person's id */
  async keepByFriendCode(friendCode: string): Promise<string | undefined> {
    const lock = { mode: 'for_key_share' } as const;
    const users = this.database.repository(User);
    return (await users.findOne({ select: { id: true }, where: { friendCode }, lock }))?.id;
  }

  /**
   * {@link keep}, by an address: of an own account or of an outside issuer's person; of several the verified one.
   * @param email normalised
   * @param unproven whether an address that was only typed at sign-up counts
   */
  async keepByEmail(email: string, { unproven }: { unproven: boolean }): Promise<string | undefined> {
    const [user] = await this.database.query<{ id: string }>(KEEP_BY_EMAIL, [email, unproven]);
    return user?.id;
  }

  private async lock(id: string, mode: 'for_no_key_update' | 'pessimistic_write' | 'for_key_share'): Promise<boolean> {
    const users = this.database.repository(User);
    return (await users.findOne({ select: { id: true }, where: { id }, lock: { mode } })) !== null;
  }

  /** argon2id in PHC form; null when no password opens the account, or there is none. */
  async passwordHashOf(id: string): Promise<string | null> {
    const user = await this.database
      .repository(User)
      .findOne({ select: { id: true, passwordHash: true }, where: { id } });
    return user?.passwordHash ?? null;
  }

  /** @param passwordHash argon2id in PHC form */
  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.database.repository(User).update({ id }, { passwordHash });
  }

  /** Keeps the first proof. */
  async proveEmail(id: string): Promise<void> {
    await this.database.execute(PROVE_EMAIL, [id]);
  }

  /** @param hash of the secret in the calendar's address; null ends the address */
  async setCalendarSecret(id: string, hash: Buffer | null): Promise<void> {
    await this.database.repository(User).update({ id }, { calendarSecretHash: hash });
  }

  /** Whose calendar address has the secret of this hash. */
  async findByCalendarSecret(hash: Buffer): Promise<string | undefined> {
    const user = await this.database
      .repository(User)
      .findOne({ select: { id: true }, where: { calendarSecretHash: hash } });
    return user?.id;
  }
}
