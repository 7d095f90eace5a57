import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One connection of a participant to a room (docs/spec/rooms.md#presence). */
@Entity('room_presence')
@Index('room_presence_by_end', { synchronize: false })
@Index('room_presence_by_instance', ['instance'], { where: 'went_at IS NULL' })
@Index('room_presence_of_guests', ['wentAt'], { where: '(user_id IS NULL) AND (went_at IS NOT NULL)' })
@Index('room_presence_of_room', ['roomId', 'cameAt'])
@Index('room_presence_of_user', ['userId', 'roomId', 'cameAt'], { where: 'user_id IS NOT NULL' })
@Index('room_presence_open', ['roomId', 'participantId'], { where: 'went_at IS NULL' })
export class RoomPresence {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'room_presence_pkey' })
  id!: string;

  @Column('uuid', { name: 'room_id' })
  roomId!: string;

  @Column('text', { name: 'participant_id' })
  participantId!: string;

  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  /** The server process that holds the connection. */
  @Column('uuid')
  instance!: string;

  @Column('timestamptz', { name: 'came_at' })
  cameAt!: Date;

  /** Last sign of life, written every 10 s. */
  @Column('timestamptz', { name: 'seen_at' })
  seenAt!: Date;

  /** Null while the connection is open. */
  @Column('timestamptz', { name: 'went_at', nullable: true })
  wentAt!: Date | null;
}
