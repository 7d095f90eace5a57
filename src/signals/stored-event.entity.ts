import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

import { XID8 } from '../database/xid8.js';

/** The log of events that concern no timer: ended sessions, friendships, participants. Kept for an hour. */
@Entity('signals')
@Index('signals_by_age', ['at'])
@Index('signals_by_string', { synchronize: false })
@Index('signals_by_topic', ['topic'])
export class StoredEvent {
  /** Drawn before the commit, so a greater id may be visible earlier. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    primaryKeyConstraintName: 'signals_pkey',
    generatedIdentity: 'BY DEFAULT',
  })
  id!: string;

  @PrimaryColumn({
    type: XID8,
    name: 'transaction_id',
    primaryKeyConstraintName: 'signals_pkey',
    default: () => 'pg_current_xact_id()',
  })
  transactionId!: string;

  /** The topic of the event: `user:<id>`, `room:<id>`. */
  @Column('text')
  topic!: string;

  @Column('text')
  kind!: string;

  @Column('jsonb')
  body!: Record<string, unknown>;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;
}
