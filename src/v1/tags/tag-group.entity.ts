import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A group of tags (docs/spec/v1.md#8-tags-and-tag-groups). */
@Entity('tag_groups')
@Index('tag_groups_by_owner', ['ownerId'])
export class TagGroupRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'tag_groups_pkey' })
  id!: string;

  @ForeignKey('User', { name: 'tag_groups_owner_fkey', onDelete: 'CASCADE' })
  @Column('text', { name: 'owner_id' })
  ownerId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  color!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('jsonb', { name: 'goal_ratios', nullable: true })
  goalRatios!: Record<string, number> | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
