import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A request or a friendship between two users, one per pair in either direction (docs/spec/v1.md#10-friends). */
@Entity('friendships')
@Index('friendships_by_addressee', ['addresseeId'])
@Index('friendships_by_requester', ['requesterId'])
@Index('friendships_pair', { synchronize: false })
@Check('friendships_status_check', `status IN ('pending', 'accepted', 'blocked')`)
export class FriendshipRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'friendships_pkey' })
  id!: string;

  @Column('text', { name: 'requester_id' })
  requesterId!: string;

  @Column('text', { name: 'addressee_id' })
  addresseeId!: string;

  @Column('text')
  status!: 'pending' | 'accepted' | 'blocked';

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
