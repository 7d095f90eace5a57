import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The state that a correction replaced, kept as long as the timer (docs/spec/extensions.md#revisions). */
@Entity('timer_edits')
export class TimerEdit {
  @PrimaryColumn({ type: 'uuid', name: 'timer_id', primaryKeyConstraintName: 'timer_edits_pkey' })
  timerId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'timer_edits_pkey' })
  revision!: number;

  @Column('timestamptz')
  at!: Date;

  @Column('jsonb')
  snapshot!: object;
}
