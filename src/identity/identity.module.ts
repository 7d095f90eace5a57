import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';

import { SETTINGS, type Settings } from '../config/settings.js';
import { MailModule } from '../mail/mail.module.js';
import { AccessTokens } from './access-tokens/access-tokens.js';
import { jwtSecret } from './access-tokens/jwt-secret.js';
import { AccountClaims } from './accounts/account-claims.js';
import { AccountRemoval } from './accounts/account-removal.js';
import { Accounts } from './accounts/accounts.js';
import { EmailProof } from './accounts/email-proof.js';
import { PasswordReset } from './accounts/password-reset.js';
import { StandingAccess } from './accounts/standing-access.js';
import { BearerGuard } from './bearer/authenticated.js';
import { BearerIdentities } from './bearer/bearer-identities.js';
import { OpenMode } from './bearer/open-mode.js';
import { LegacyToken } from './legacy-tokens/legacy-token.entity.js';
import { LegacyTokenGuard } from './legacy-tokens/legacy-token.guard.js';
import { LegacyTokens } from './legacy-tokens/legacy-tokens.js';
import { PasswordSignIn } from './legacy-tokens/password-sign-in.js';
import { TokenImport } from './legacy-tokens/token-import.js';
import { TokenUsage } from './legacy-tokens/token-usage.js';
import { CodeGuess } from './mailed-codes/code-guess.entity.js';
import { CodeMail } from './mailed-codes/code-mail.js';
import { CodeSignIn } from './mailed-codes/code-sign-in.js';
import { MailedCode } from './mailed-codes/mailed-code.entity.js';
import { MailedCodes } from './mailed-codes/mailed-codes.js';
import { OidcUsers } from './oidc/oidc-users.js';
import { OidcVerifier } from './oidc/oidc-verifier.js';
import { PasswordCheck } from './passwords/password-check.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { RefreshToken } from './sessions/refresh-token.entity.js';
import { SessionRow } from './sessions/session.entity.js';
import { IssueHold } from './sessions/issue-hold.js';
import { Sessions } from './sessions/sessions.js';
import { OutsideProof } from './users/outside-proof.js';
import { Profiles } from './users/profiles.js';
import { User } from './users/user.entity.js';
import { Users } from './users/users.js';

const used = [
  Users,
  Accounts,
  AccountClaims,
  AccountRemoval,
  Profiles,
  EmailProof,
  PasswordReset,
  Sessions,
  IssueHold,
  BearerIdentities,
  BearerGuard,
  OpenMode,
  PasswordHasher,
  PasswordCheck,
  LegacyTokens,
  LegacyTokenGuard,
  TokenImport,
  CodeSignIn,
  PasswordSignIn,
];

/** Who people are and how they show it. */
@Module({
  imports: [
    TypeOrmModule.forFeature([User, SessionRow, RefreshToken, LegacyToken, MailedCode, CodeGuess]),
    JwtModule.registerAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings) => ({ secret: jwtSecret(settings) }),
    }),
    MailModule,
  ],
  providers: [
    ...used,
    AccessTokens,
    OidcVerifier,
    OidcUsers,
    TokenUsage,
    MailedCodes,
    CodeMail,
    OutsideProof,
    StandingAccess,
  ],
  exports: used,
})
export class IdentityModule {}
