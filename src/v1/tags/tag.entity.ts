import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** A tag (docs/spec/v1.md#8-tags-and-tag-groups). */
@Entity('tags')
@Index('tags_by_owner', ['ownerId'])
@Unique('tags_name_key', ['groupId', 'name'])
export class TagRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'tags_pkey' })
  id!: string;

  @ForeignKey('User', { name: 'tags_owner_fkey', onDelete: 'CASCADE' })
  @Column('text', { name: 'owner_id' })
  ownerId!: string;

  @ForeignKey('TagGroupRow', { name: 'tags_group_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'group_id' })
  groupId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  color!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
