import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A todo (docs/spec/v1.md#71-object). */
@Entity('todos')
@Index('todos_by_group', ['tagGroupId'])
@Index('todos_by_owner', ['ownerId', 'createdAt', 'id'])
@Index('todos_by_parent', ['parentId'])
@Index('todos_by_tag', { synchronize: false })
@Check('todos_status_check', `status IN ('UNSCHEDULED', 'SCHEDULED', 'DONE', 'CANCELLED')`)
export class TodoRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'todos_pkey' })
  id!: string;

  @ForeignKey('User', { name: 'todos_owner_fkey', onDelete: 'CASCADE' })
  @Column('text', { name: 'owner_id' })
  ownerId!: string;

  @Column('text')
  title!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('timestamptz', { nullable: true })
  deadline!: Date | null;

  @ForeignKey('TagGroupRow', { name: 'todos_group_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'tag_group_id' })
  tagGroupId!: string;

  @ForeignKey('TodoRow', { name: 'todos_parent_fkey', onDelete: 'SET NULL' })
  @Column('uuid', { name: 'parent_id', nullable: true })
  parentId!: string | null;

  @Column('text')
  status!: 'UNSCHEDULED' | 'SCHEDULED' | 'DONE' | 'CANCELLED';

  @Column('uuid', { name: 'tag_ids', array: true, default: '{}' })
  tagIds!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
