import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

import { XID8 } from './xid8.js';

/** The one row that says which log this database has, and how far back it reaches. */
@Entity('change_log_state')
@Check('change_log_state_single_check', 'CHECK (single)')
export class ChangeLogState {
  @PrimaryColumn({ type: 'boolean', primaryKeyConstraintName: 'change_log_state_pkey', default: true })
  single!: boolean;

  /** Names the log; a restore renews it, so that marks of another log are recognised. */
  @Column('text', { default: () => 'new_log_epoch()' })
  epoch!: string;

  /** The server and database that the epoch was made for. */
  @Column('text', { nullable: true })
  home!: string | null;

  /** No change of this transaction or an earlier one can be relied on to be there. */
  @Column({ type: XID8, name: 'dropped_through', default: '0' })
  droppedThrough!: string;
}
