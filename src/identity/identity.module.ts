import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { MailModule } from '../mail/mail.module.js';
import { LegacyToken } from './legacy-tokens/legacy-token.entity.js';
import { LegacyTokenGuard } from './legacy-tokens/legacy-token.guard.js';
import { LegacyTokens } from './legacy-tokens/legacy-tokens.js';
import { TokenImport } from './legacy-tokens/token-import.js';
import { TokenUsage } from './legacy-tokens/token-usage.js';
import { CodeSignIn } from './mailed-codes/code-sign-in.js';
import { MailedCode } from './mailed-codes/mailed-code.entity.js';
import { MailedCodes } from './mailed-codes/mailed-codes.js';
import { PasswordCheck } from './passwords/password-check.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { OutsideProof } from './users/outside-proof.js';
import { User } from './users/user.entity.js';
import { Users } from './users/users.js';

const used = [Users, PasswordHasher, PasswordCheck, LegacyTokens, LegacyTokenGuard, TokenImport, CodeSignIn];

/** Who people are and how they show it. */
@Module({
  imports: [TypeOrmModule.forFeature([User, LegacyToken, MailedCode]), MailModule],
  providers: [...used, TokenUsage, MailedCodes, OutsideProof],
  exports: used,
})
export class IdentityModule {}
