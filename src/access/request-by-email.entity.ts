import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation, Unique } from 'typeorm';

import { User } from '../identity/users/user.entity.js';

/**
 * A friend request by e-mail as its sender sees it: the same whether or not the address has an account
 * (docs/spec/v1.md#10-friends).
 */
@Entity('requests_by_email')
@Unique('requests_by_email_key', ['requesterId', 'email'])
export class RequestByEmail {
  /** Also the id of the pending request in `friendships`, if there is one. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'requests_by_email_pkey' })
  id!: string;

  @Column({ name: 'requester_id', type: 'text' })
  requesterId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'requester_id', foreignKeyConstraintName: 'requests_by_email_requester_fkey' })
  requester!: Relation<User>;

  /** Normalised. */
  @Column({ type: 'text' })
  email!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
