import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A room; its timer and session settings are in `room_clocks` (docs/spec/rooms.md#timer-of-a-room). */
@Entity('rooms')
@Index('rooms_by_host', ['hostUserId'])
@Index('rooms_by_use', ['usedAt'])
@Check('rooms_control_check', `control IN ('everyone', 'host')`)
export class RoomRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'rooms_pkey' })
  id!: string;

  @Column('text', { default: 'everyone' })
  control!: 'everyone' | 'host';

  /** The creating user; null without an account. */
  @ForeignKey('User', { name: 'rooms_host_fkey', onDelete: 'SET NULL' })
  @Column('text', { name: 'host_user_id', nullable: true })
  hostUserId!: string | null;

  /** SHA-256 of the host token. */
  @Column('bytea', { name: 'host_token_hash' })
  hostTokenHash!: Buffer;

  @Column('text', { name: 'share_url' })
  shareUrl!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** Last recorded use; decides when an unused room is deleted. */
  @Column('timestamptz', { name: 'used_at' })
  usedAt!: Date;
}
