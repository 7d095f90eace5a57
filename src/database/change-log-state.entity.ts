import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

import { XID8 } from './xid8.js';

/** A single row that identifies the log of this database and its oldest available change. */
@Entity('change_log_state')
@Check('change_log_state_single_check', 'CHECK (single)')
export class ChangeLogState {
  @PrimaryColumn({ type: 'boolean', primaryKeyConstraintName: 'change_log_state_pkey', default: true })
  single!: boolean;

  /** Identifies the log. A restore changes it, so that marks of another log are recognized. */
  @Column('text', { default: () => 'new_log_epoch()' })
  epoch!: string;

  /** The server and database for which the epoch was created. */
  @Column('text', { nullable: true })
  home!: string | null;

  /** Changes of this transaction and of earlier ones may have been deleted. */
  @Column({ type: XID8, name: 'dropped_through', default: '0' })
  droppedThrough!: string;
}
