import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A refresh token of a session. The token itself is never stored. */
@Entity('refresh_tokens')
@Index('refresh_tokens_by_session', ['sessionId'])
export class RefreshToken {
  /** SHA-256 of the token. */
  @PrimaryColumn({ type: 'bytea', name: 'token_hash', primaryKeyConstraintName: 'refresh_tokens_pkey' })
  tokenHash!: Buffer;

  @ForeignKey('SessionRow', { name: 'refresh_tokens_session_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** When it was exchanged for a new pair; null while it may be. */
  @Column('timestamptz', { name: 'spent_at', nullable: true })
  spentAt!: Date | null;
}
