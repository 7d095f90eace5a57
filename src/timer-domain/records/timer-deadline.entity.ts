import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Targets of running sessions, kept apart from `timers` so that pause and resume update no index there. */
@Entity('timer_deadlines')
@Index('timer_deadlines_due', ['deadlineAt', 'timerId'])
export class TimerDeadline {
  @ForeignKey('TimerRow', { name: 'timer_deadlines_timer_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'uuid', name: 'timer_id', primaryKeyConstraintName: 'timer_deadlines_pkey' })
  timerId!: string;

  @Column('timestamptz', { name: 'deadline_at' })
  deadlineAt!: Date;
}
