import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';

import { MailedCode } from './mailed-code.entity.js';

/** How often one network has guessed wrong while a code was alive. */
@Entity('code_guesses')
export class CodeGuess {
  @PrimaryColumn({ name: 'code_id', type: 'uuid', primaryKeyConstraintName: 'code_guesses_pkey' })
  codeId!: string;

  @ManyToOne(() => MailedCode, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'code_id', foreignKeyConstraintName: 'code_guesses_code_fkey' })
  code!: Relation<MailedCode>;

  /** As a digest. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'code_guesses_pkey' })
  network!: string;

  @Column({ type: 'integer' })
  tries!: number;
}
