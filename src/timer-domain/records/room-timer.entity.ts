import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The timer of a room between its sessions: settings, what is next, and the revision
 * (docs/spec/rooms.md#timer-of-a-room).
 */
@Entity('room_clocks')
@Check('room_clocks_idle_check', `idle_type IN ('work', 'break')`)
export class RoomTimerRow {
  @PrimaryColumn({ type: 'uuid', name: 'room_id', primaryKeyConstraintName: 'room_clocks_pkey' })
  roomId!: string;

  @Column('text')
  name!: string;

  @Column('integer', { name: 'work_seconds' })
  workSeconds!: number;

  @Column('integer', { name: 'break_seconds' })
  breakSeconds!: number;

  @Column('boolean', { name: 'auto_start_break' })
  autoStartBreak!: boolean;

  /** The session that an idle room shows. */
  @Column('text', { name: 'idle_type', default: 'work' })
  idleType!: 'work' | 'break';

  /** Grows by 1 with each change of session or settings. */
  @Column('integer', { default: 1 })
  revision!: number;
}
