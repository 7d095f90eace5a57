import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique, type Relation } from 'typeorm';

import { User } from '../users/user.entity.js';

/** A token of the legacy API. The token itself is never stored (docs/spec/legacy.md#tokens). */
@Entity('legacy_tokens')
@Unique('legacy_tokens_hash_key', ['tokenHash'])
export class LegacyToken {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'legacy_tokens_pkey' })
  id!: string;

  @Index('legacy_tokens_by_user')
  @Column({ name: 'user_id', type: 'text' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'legacy_tokens_user_fkey' })
  user!: Relation<User>;

  /** SHA-256 of the token's text. */
  @Column({ name: 'token_hash', type: 'bytea' })
  tokenHash!: Buffer;

  @Column({ type: 'text', nullable: true })
  label!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** Behind by up to ten seconds, as `calls` is: both are written in batches (docs/spec/legacy.md#tokens). */
  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  /** A bigint, which the driver hands over as text. */
  @Column({ type: 'bigint', default: 0 })
  calls!: string;
}
