import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A person. */
@Entity('users')
@Unique('users_email_key', ['email'])
export class User {
  /** Opaque, at most 255 characters; a UUID v4 for own accounts (v1.md 1.1, 3.2). */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'users_pkey' })
  id!: string;

  /** As {@link normalizeEmail} leaves it; unique among own accounts, null for people of an outside issuer. */
  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ name: 'display_name', type: 'text', nullable: true })
  displayName!: string | null;

  /** argon2id in PHC form; null when no password opens this account. */
  @Column({ name: 'password_hash', type: 'text', nullable: true })
  passwordHash!: string | null;

  /** When a mailed code first came back, or an import vouched for the address (v1.md 3.1). */
  @Column({ name: 'email_proven_at', type: 'timestamptz', nullable: true })
  emailProvenAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
