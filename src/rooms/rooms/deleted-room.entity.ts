import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A deleted room whose sessions, participants and presence are still being removed, in slices. */
@Entity('deleted_rooms')
export class DeletedRoom {
  @PrimaryColumn({ type: 'uuid', name: 'room_id', primaryKeyConstraintName: 'deleted_rooms_pkey' })
  roomId!: string;

  @Column('timestamptz', { name: 'deleted_at' })
  deletedAt!: Date;
}
