import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A plain schedule, or the master of a series (docs/spec/v1.md#61-object). */
@Entity('schedules')
@Index('schedules_by_group', ['tagGroupId'])
@Index('schedules_by_owner', ['ownerId', 'startTime', 'id'])
@Index('schedules_by_tag', { synchronize: false })
@Index('schedules_by_todo', ['sourceTodoId'])
@Index('schedules_masters', ['ownerId'], { where: 'recurrence_rule IS NOT NULL' })
@Check('schedules_state_check', `state IN ('PLANNED', 'CONFIRMED', 'CANCELLED')`)
@Check(
  'schedules_times_check',
  `(end_time > start_time) OR ((end_time = start_time) AND (end_time = '9999-12-30 23:59:59+00'::timestamp with time zone))`,
)
export class ScheduleRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'schedules_pkey' })
  id!: string;

  @ForeignKey('User', { name: 'schedules_owner_fkey', onDelete: 'CASCADE' })
  @Column('text', { name: 'owner_id' })
  ownerId!: string;

  @Column('text')
  title!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('timestamptz', { name: 'start_time' })
  startTime!: Date;

  @Column('timestamptz', { name: 'end_time' })
  endTime!: Date;

  @Column('text', { name: 'recurrence_rule', nullable: true })
  recurrenceRule!: string | null;

  @Column('timestamptz', { name: 'recurrence_end', nullable: true })
  recurrenceEnd!: Date | null;

  @ForeignKey('TagGroupRow', { name: 'schedules_group_fkey', onDelete: 'SET NULL' })
  @Column('uuid', { name: 'tag_group_id', nullable: true })
  tagGroupId!: string | null;

  @ForeignKey('TodoRow', { name: 'schedules_todo_fkey', onDelete: 'SET NULL' })
  @Column('uuid', { name: 'source_todo_id', nullable: true })
  sourceTodoId!: string | null;

  @Column('text')
  state!: 'PLANNED' | 'CONFIRMED' | 'CANCELLED';

  @Column('uuid', { name: 'tag_ids', array: true, default: '{}' })
  tagIds!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
