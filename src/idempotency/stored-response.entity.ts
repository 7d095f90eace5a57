import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The response to a request with an idempotency key, repeated for 24 hours (docs/spec/extensions.md#idempotency). */
@Entity('kept_answers')
@Index('kept_answers_by_age', ['createdAt'])
@Index('kept_answers_by_string', { synchronize: false })
export class StoredResponse {
  /** Whose key it is: the API and the user, room or network. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'kept_answers_pkey' })
  scope!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'kept_answers_pkey' })
  key!: string;

  /** SHA-256 of the command, by which another use of the key is recognised. */
  @Column('bytea')
  fingerprint!: Buffer;

  /** HTTP status of the response. */
  @Column('smallint')
  status!: number;

  /** Stored without secrets. */
  @Column('json')
  body!: object;

  /** Whether the body may tell of anybody but the caller, whom the scope names. */
  @Column('boolean', { name: 'names_others', default: true })
  namesOthers!: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
