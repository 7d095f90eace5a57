import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import type { HistoryEntry, TimerOrigin, TimerStatus } from '../rules/timer.js';

/**
 * The table `timers` as TypeORM sees it, for ordinary queries. Writes use the statements in `statements/`.
 */
@Entity('timers')
@Index('timers_by_owner', ['userId', 'createdAt', 'id'], { where: 'user_id IS NOT NULL' })
@Index('timers_live', ['userId', 'startedAt', 'id'], { where: 'ended_at IS NULL' })
@Index('timers_one_live_legacy', ['userId'], { unique: true, where: `origin = 'legacy' AND ended_at IS NULL` })
@Index('timers_one_live_session', ['roomId'], { unique: true, where: 'room_id IS NOT NULL AND ended_at IS NULL' })
@Index('timers_by_schedule', ['scheduleId', 'createdAt', 'id'], { where: 'schedule_id IS NOT NULL' })
@Index('timers_by_todo', ['todoId', 'createdAt', 'id'], { where: 'todo_id IS NOT NULL' })
@Index('timers_of_room', ['roomId', 'startedAt', 'id'], { where: 'room_id IS NOT NULL' })
@Index('timers_by_tag', { synchronize: false })
@Check('timers_owner_check', 'num_nonnulls(user_id, room_id) = 1')
@Check('timers_origin_check', `origin IN ('legacy', 'v1', 'room') AND (origin = 'room') = (room_id IS NOT NULL)`)
@Check('timers_status_check', `status IN ('running', 'paused', 'completed', 'cancelled')`)
@Check('timers_live_check', `(ended_at IS NULL) = (status IN ('running', 'paused'))`)
@Check('timers_running_check', `(running_since IS NOT NULL) = (status = 'running')`)
@Check('timers_deadline_check', `(deadline_at IS NOT NULL) = (room_id IS NOT NULL AND status = 'running')`)
@Check('timers_elapsed_check', 'elapsed_time >= 0 AND allocated_duration >= 0 AND revision >= 1')
export class TimerRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'timers_pkey' })
  id!: string;

  // Referenced by name, because the timer domain does not depend on the identity module.
  @ForeignKey('User', { name: 'timers_user_fkey' })
  @Column('text', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('uuid', { name: 'room_id', nullable: true })
  roomId!: string | null;

  @Column('text')
  origin!: TimerOrigin;

  @Column('text', { name: 'session_type', nullable: true })
  sessionType!: 'work' | 'break' | null;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  // Schedules, todos and tags belong to the v1 API; the domain only stores their ids.
  @Column('uuid', { name: 'schedule_id', nullable: true })
  scheduleId!: string | null;

  @Column('uuid', { name: 'todo_id', nullable: true })
  todoId!: string | null;

  @Column('uuid', { name: 'tag_ids', array: true, default: '{}' })
  tagIds!: string[];

  @Column('text', { name: 'visibility_level', nullable: true })
  visibilityLevel!: string | null;

  @Column('integer', { name: 'allocated_duration' })
  allocatedDuration!: number;

  @Column('text')
  status!: TimerStatus;

  @Column('integer', { name: 'elapsed_time' })
  elapsedTime!: number;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'running_since', nullable: true })
  runningSince!: Date | null;

  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('timestamptz', { name: 'deadline_at', nullable: true })
  deadlineAt!: Date | null;

  @Column('jsonb')
  history!: HistoryEntry[];

  @Column('integer')
  revision!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
