import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** Who may read one item besides its owner (docs/spec/v1.md#11-visibility). An item without a row is private. */
@Entity('visibility_settings')
@Index('visibility_settings_by_domain', { synchronize: false })
@Index('visibility_settings_by_email', { synchronize: false })
@Index('visibility_settings_by_owner', ['ownerId', 'resourceType'])
@Index('visibility_settings_by_user', { synchronize: false })
@Check('visibility_settings_level_check', `level IN ('private', 'friends', 'selected', 'allowed_emails', 'public')`)
@Unique('visibility_settings_resource_key', ['resourceType', 'resourceId'])
@Check('visibility_settings_type_check', `resource_type IN ('schedule', 'timer', 'todo')`)
export class VisibilitySetting {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'visibility_settings_pkey' })
  id!: string;

  @Column('text', { name: 'resource_type' })
  resourceType!: 'schedule' | 'timer' | 'todo';

  @Column('uuid', { name: 'resource_id' })
  resourceId!: string;

  @ForeignKey('User', { name: 'visibility_settings_owner_fkey', onDelete: 'CASCADE' })
  @Column('text', { name: 'owner_id' })
  ownerId!: string;

  @Column('text')
  level!: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public';

  @Column('text', { name: 'allowed_user_ids', array: true, default: '{}' })
  allowedUserIds!: string[];

  @Column('text', { name: 'allowed_emails', array: true, default: '{}' })
  allowedEmails!: string[];

  @Column('text', { name: 'allowed_domains', array: true, default: '{}' })
  allowedDomains!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
