import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { Database } from '../../database/database.js';
import { Failure } from '../../common/errors.js';
import { User } from './user.entity.js';

/** An own account with this address exists already (v1.md 2.1). */
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
  /** Somebody who may says that the address is theirs: the operator (legacy.md, "Tokens"). */
  readonly vouchedFor?: boolean;
}

/** The people this server knows. */
@Injectable()
export class Users {
  constructor(private readonly database: Database) {}

  /** @param email normalised */
  findByEmail(email: string, manager: EntityManager = this.database.manager): Promise<User | null> {
    return manager.findOneBy(User, { email });
  }

  /** @returns the new account's id; @throws EmailTakenError */
  async create(user: NewUser, manager: EntityManager = this.database.manager): Promise<string> {
    const id = await this.createUnlessTaken(user, manager);
    if (id === undefined) throw new EmailTakenError();
    return id;
  }

  /** @returns the new account's id, undefined when its address has one: decided by the database, for whoever comes second */
  async createUnlessTaken(user: NewUser, manager: EntityManager): Promise<string | undefined> {
    const rows: { id: string }[] = await manager.query(
      `INSERT INTO users (id, email, display_name, password_hash, email_proven_at)
       VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN now() END)
       ON CONFLICT (email) DO NOTHING RETURNING id`,
      [randomUUID(), user.email, user.displayName ?? null, user.passwordHash ?? null, user.vouchedFor ?? false],
    );
    return rows[0]?.id;
  }
}
