import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A deleted schedule, todo or tag whose timers are still to be unlinked, in slices. */
@Entity('timer_unlinks')
export class TimerUnlink {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'timer_unlinks_pkey' })
  link!: string;

  @PrimaryColumn({ type: 'uuid', name: 'target_id', primaryKeyConstraintName: 'timer_unlinks_pkey' })
  targetId!: string;

  @Column('text', { nullable: true })
  actor!: string | null;
}
