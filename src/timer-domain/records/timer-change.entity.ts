import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

import { XID8 } from '../../database/xid8.js';

/** The log of all changes of timers, partitioned by day (docs/adr/0019-change-log-in-columns.md). */
@Entity('timer_changes')
@Index('timer_changes_by_actor', ['actor'], { where: 'actor IS DISTINCT FROM owner' })
@Index('timer_changes_by_owner', ['owner', 'transactionId'])
@Index('timer_changes_by_timer', ['timerId', 'revision'])
export class TimerChangeRow {
  /** Assigned before the commit, so a greater id may become visible earlier. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    primaryKeyConstraintName: 'timer_changes_pkey',
    generatedIdentity: 'BY DEFAULT',
  })
  id!: string;

  @PrimaryColumn({
    type: XID8,
    name: 'transaction_id',
    primaryKeyConstraintName: 'timer_changes_pkey',
    default: () => 'pg_current_xact_id()',
  })
  transactionId!: string;

  @PrimaryColumn({
    type: 'timestamptz',
    name: 'logged_at',
    primaryKeyConstraintName: 'timer_changes_pkey',
    default: () => 'now()',
  })
  loggedAt!: Date;

  @Column('uuid', { name: 'timer_id' })
  timerId!: string;

  /** The timer's user, or the room of a session. */
  @Column('text', { nullable: true })
  owner!: string | null;

  @Column('integer')
  revision!: number;

  @Column('text')
  action!: string;

  @Column('timestamptz')
  at!: Date;

  @Column('text', { nullable: true })
  actor!: string | null;

  /** For a session of a room: the room's timer after the change. */
  @Column('jsonb', { nullable: true })
  room!: object | null;

  @Column('text')
  origin!: string;

  @Column('uuid', { name: 'tag_ids', array: true })
  tagIds!: string[];

  @Column('integer', { name: 'allocated_duration' })
  allocatedDuration!: number;

  @Column('text')
  status!: string;

  @Column('integer', { name: 'elapsed_time' })
  elapsedTime!: number;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('jsonb')
  history!: object;

  @Column('text', { name: 'session_type', nullable: true })
  sessionType!: string | null;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('uuid', { name: 'schedule_id', nullable: true })
  scheduleId!: string | null;

  @Column('uuid', { name: 'todo_id', nullable: true })
  todoId!: string | null;

  @Column('text', { name: 'visibility_level', nullable: true })
  visibilityLevel!: string | null;

  @Column('timestamptz', { name: 'running_since', nullable: true })
  runningSince!: Date | null;

  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;
}
