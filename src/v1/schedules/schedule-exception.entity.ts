import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/**
 * A changed or deleted occurrence of a series (docs/spec/v1.md#65-other-routes). Null in a column means the
 * master's value.
 */
@Entity('schedule_exceptions')
@Index('schedule_exceptions_by_tag', { synchronize: false })
@Check(
  'schedule_exceptions_times_check',
  `(end_time > start_time) OR ((end_time = start_time) AND (end_time = '9999-12-30 23:59:59+00'::timestamp with time zone))`,
)
export class ScheduleException {
  @ForeignKey('ScheduleRow', { name: 'schedule_exceptions_master_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'uuid', name: 'master_id', primaryKeyConstraintName: 'schedule_exceptions_pkey' })
  masterId!: string;

  /** The start that the rule gives the occurrence. */
  @PrimaryColumn({ type: 'timestamptz', name: 'original_start', primaryKeyConstraintName: 'schedule_exceptions_pkey' })
  originalStart!: Date;

  @Column('boolean', { default: false })
  deleted!: boolean;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('timestamptz', { name: 'start_time', nullable: true })
  startTime!: Date | null;

  @Column('timestamptz', { name: 'end_time', nullable: true })
  endTime!: Date | null;

  @Column('uuid', { name: 'tag_ids', array: true, nullable: true })
  tagIds!: string[] | null;
}
