import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** Whether friends hear what a person's timers do, and whether with the title (docs/spec/v1.md#9-usersme). */
export const ACTIVITY_SHARING = ['full', 'no_title', 'off'] as const;
export type ActivitySharing = (typeof ACTIVITY_SHARING)[number];

/** What an outside issuer last said of a person; what the person sets themselves comes first. */
export interface Claims {
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  /** Of the token that said so, Unix seconds. */
  readonly issued_at: number;
}

/** A person. */
@Entity('users')
@Unique('users_email_key', ['email'])
@Unique('users_friend_code_key', ['friendCode'])
@Index('users_by_subject', ['oidcIssuer', 'oidcSubject'], { unique: true, where: 'oidc_subject IS NOT NULL' })
@Index('users_by_verified_email', ['verifiedEmail'], { where: 'verified_email IS NOT NULL' })
@Index('users_by_calendar', ['calendarSecretHash'], { unique: true, where: 'calendar_secret_hash IS NOT NULL' })
@Check('users_activity_sharing_check', `activity_sharing IN ('full', 'no_title', 'off')`)
export class User {
  /**
   * Opaque, at most 255 characters; a UUID v4 for own accounts (docs/spec/v1.md#11-requests-and-replies,
   * docs/spec/v1.md#32-openid-connect).
   */
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

  /** When a mailed code first came back, or an import vouched for the address (docs/spec/v1.md#31-own-accounts). */
  @Column({ name: 'email_proven_at', type: 'timestamptz', nullable: true })
  emailProvenAt!: Date | null;

  /**
   * Of an outside issuer's person: the `iss` and `sub` that are them (docs/spec/v1.md#32-openid-connect); null for own
   * accounts.
   */
  @Column({ name: 'oidc_issuer', type: 'text', nullable: true })
  oidcIssuer!: string | null;

  @Column({ name: 'oidc_subject', type: 'text', nullable: true })
  oidcSubject!: string | null;

  /** The address their issuer verified; not unique, so apart from `email`. */
  @Column({ name: 'verified_email', type: 'text', nullable: true })
  verifiedEmail!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  claims!: Claims | null;

  @Column({ name: 'avatar_url', type: 'text', nullable: true })
  avatarUrl!: string | null;

  /** 43 characters that let a friend find this person and nobody guess them. */
  @Column({ name: 'friend_code', type: 'text', default: () => 'new_friend_code()' })
  friendCode!: string;

  @Column({ name: 'activity_sharing', type: 'text', default: 'full' })
  activitySharing!: ActivitySharing;

  /** Default zone of statistics (docs/spec/v1.md#9-usersme). */
  @Column({ type: 'text', default: 'UTC' })
  timezone!: string;

  /** SHA-256 of what opens their calendar feed (docs/spec/extensions.md#calendar); null: there is none. */
  @Column({ name: 'calendar_secret_hash', type: 'bytea', nullable: true })
  calendarSecretHash!: Buffer | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
