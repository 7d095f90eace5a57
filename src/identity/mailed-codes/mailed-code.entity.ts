import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A code that was mailed to an address, whether or not an account has it. */
@Entity('mailed_codes')
@Index('mailed_codes_by_email', ['email', 'createdAt'])
@Index('mailed_codes_by_age', ['createdAt'])
export class MailedCode {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'mailed_codes_pkey' })
  id!: string;

  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text' })
  purpose!: string;

  @Column({ name: 'code_hash', type: 'bytea' })
  codeHash!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** Who asked for it, as a digest; null for codes of before networks were told apart. */
  @Column({ type: 'text', nullable: true })
  network!: string | null;

  /** Guesses counted by the version before, which may run beside this one; this version counts them in `code_guesses`. */
  @Column({ type: 'integer', default: 0 })
  tries!: number;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;
}
