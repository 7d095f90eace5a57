import { Controller, Delete, Get, Header, Post } from '@nestjs/common';

import { Accepts, JsonBody, PathParts } from '../../common/http/accepts.js';
import { formatInstant, UTC } from '../../common/time/time-zone.js';
import { Caller } from '../../identity/bearer/authenticated.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { type IssuedToken, LegacyTokens, type OwnTokenRecord } from '../../identity/legacy-tokens/legacy-tokens.js';
import { RenewsSecret } from '../../idempotency/idempotency.interceptor.js';
import { IdPath } from '../http/id-path.js';
import { ok } from '../http/ok.js';
import { SignedIn } from '../http/rate-limit.guard.js';
import { V1Error } from '../http/v1-error.js';
import { LegacyTokenRequest } from './auth.requests.js';

/** Tokens for old apps, issued by their owner (docs/spec/legacy.md#tokens). */
@Controller('v1/auth/legacy-tokens')
@SignedIn()
export class LegacyTokensController {
  constructor(private readonly tokens: LegacyTokens) {}

  @Post()
  @RenewsSecret({ path: ['token'], method: 'renew' })
  @Header('Cache-Control', 'no-store')
  @Accepts({ body: LegacyTokenRequest, bodyOptional: true })
  async issue(@Caller() caller: Identity, @JsonBody() { label }: LegacyTokenRequest) {
    return presentIssued(await this.tokens.issueTo(caller, label ?? undefined), label ?? null);
  }

  /** The token of an answer that is given a second time. @throws V1Error when it was revoked meanwhile */
  async renew({ id }: { id: string }): Promise<string> {
    const token = await this.tokens.renew(id);
    if (token === undefined) throw new V1Error('TokenNotFoundError');
    return token;
  }

  @Get()
  async list(@Caller() { userId }: Identity) {
    return (await this.tokens.listOf(userId)).map(present);
  }

  @Delete(':id')
  @Accepts({ path: IdPath })
  revoke(@Caller() { userId }: Identity, @PathParts() { id }: IdPath) {
    return ok(this.end(id, userId));
  }

  /** @throws V1Error when the person has no such token */
  private async end(id: string, userId: string): Promise<void> {
    if (!(await this.tokens.revoke({ id, userId }))) throw new V1Error('TokenNotFoundError');
  }
}

const instantOf = (date: Date): string => formatInstant(Math.floor(date.getTime() / 1_000), UTC);

const presentIssued = ({ id, token, createdAt }: IssuedToken, label: string | null) => ({
  id,
  label,
  token,
  created_at: instantOf(createdAt),
});

function present({ id, label, createdAt, lastUsedAt, calls }: OwnTokenRecord) {
  return {
    id,
    label,
    created_at: instantOf(createdAt),
    last_used_at: lastUsedAt === null ? null : instantOf(lastUsedAt),
    calls: Number(calls),
  };
}
