import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The stored state of a room timer apart from its sessions: settings, the idle phase, and the revision
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

  /** The session type that an idle room shows. */
  @Column('text', { name: 'idle_type', default: 'work' })
  idleType!: 'work' | 'break';

  /** Incremented by each change of session or settings. */
  @Column('integer', { default: 1 })
  revision!: number;
}
