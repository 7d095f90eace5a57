import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * One user blocks another, in this direction (docs/spec/v1.md#10-friends). Either id may belong to no user: a block
 * outlives the account of its target.
 */
@Entity('blocks')
@Index('blocks_by_blocked', ['blockedId'])
export class Block {
  @PrimaryColumn({ type: 'text', name: 'blocker_id', primaryKeyConstraintName: 'blocks_pkey' })
  blockerId!: string;

  @PrimaryColumn({ type: 'text', name: 'blocked_id', primaryKeyConstraintName: 'blocks_pkey' })
  blockedId!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
