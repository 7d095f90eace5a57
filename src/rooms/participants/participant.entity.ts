import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A participant of a room under a public id (docs/spec/rooms.md#who-is-who). */
@Entity('participants')
@Index('participants_by_token', ['tokenHash'], { unique: true, where: 'token_hash IS NOT NULL' })
@Index('participants_by_user', ['userId'], { where: 'user_id IS NOT NULL' })
@Index('participants_forgotten', ['rememberedFrom'], { where: 'user_id IS NULL' })
@Index('participants_of_user', ['roomId', 'userId'], { unique: true, where: 'user_id IS NOT NULL' })
@Index('participants_waiting', ['roomId', 'rememberedFrom', 'id'], {
  where: '(user_id IS NULL) AND (token_hash IS NOT NULL)',
})
export class ParticipantRow {
  /** Public id; it does not authenticate. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'participants_pkey' })
  id!: string;

  @PrimaryColumn({ type: 'uuid', name: 'room_id', primaryKeyConstraintName: 'participants_pkey' })
  roomId!: string;

  /** The member's account; null for a guest. */
  @ForeignKey('User', { name: 'participants_user_fkey', onDelete: 'SET NULL' })
  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  /** SHA-256 of the participant token; null without a join over REST. */
  @Column('bytea', { name: 'token_hash', nullable: true })
  tokenHash!: Buffer | null;

  @Column('text')
  name!: string;

  @Column('boolean', { name: 'is_host', default: false })
  isHost!: boolean;

  /** Removed from the room; the id is not used again. */
  @Column('boolean', { default: false })
  removed!: boolean;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  /** Start of the day after which a guest without a socket is forgotten. */
  @Column('timestamptz', { name: 'remembered_from', default: () => 'now()' })
  rememberedFrom!: Date;
}
