import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A member's time in a session of a room that no longer exists (docs/spec/rooms.md#a-members-own-history). */
@Entity('kept_attendances')
@Index('kept_attendances_by_start', { synchronize: false })
export class KeptAttendance {
  @ForeignKey('User', { name: 'kept_attendances_user_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'text', name: 'user_id', primaryKeyConstraintName: 'kept_attendances_pkey' })
  userId!: string;

  @PrimaryColumn({ type: 'uuid', name: 'session_id', primaryKeyConstraintName: 'kept_attendances_pkey' })
  sessionId!: string;

  @Column('uuid', { name: 'room_id' })
  roomId!: string;

  @Column('text', { name: 'room_name' })
  roomName!: string;

  /** The session as it ended. */
  @Column('jsonb')
  session!: object;

  /** The member's own time within it: `[{start, end}, …]`. */
  @Column('jsonb')
  segments!: object;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;
}
