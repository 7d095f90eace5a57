import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The response to a request with an idempotency key, repeated for 24 hours (docs/spec/extensions.md#idempotency). */
@Entity('kept_answers')
@Index('kept_answers_by_age', ['createdAt'])
@Index('kept_answers_by_string', { synchronize: false })
export class StoredResponse {
  /**
   * The owner of the key: the API and the user; for an anonymous call the API, the room if any, and the caller's hash.
   */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'kept_answers_pkey' })
  scope!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'kept_answers_pkey' })
  key!: string;

  /** SHA-256 of the request. A different value means that the key was reused for another request. */
  @Column('bytea')
  fingerprint!: Buffer;

  /** HTTP status of the response. */
  @Column('smallint')
  status!: number;

  /** The response body, without secrets. */
  @Column('json')
  body!: object;

  /** Whether the body may name users other than the caller. */
  @Column('boolean', { name: 'names_others', default: true })
  namesOthers!: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
