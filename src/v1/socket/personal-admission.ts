import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Origins } from '../../common/http/origins.js';
import { NAIVE_UTC, parseTimeZone, type TimeZone, UTC } from '../../common/time/time-zone.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { ForeignOriginError } from '../../identity/bearer/authenticated.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { OpenMode } from '../../identity/bearer/open-mode.js';
import type { Admission, Handshake } from '../../realtime/adapter/socket-endpoint.js';
import { PersonalState } from './personal-connections.js';

/** Who may open a personal socket (docs/spec/sockets.md#handshake). */
@Injectable()
export class PersonalAdmission {
  constructor(
    private readonly dataSource: DataSource,
    private readonly identities: BearerIdentities,
    private readonly openMode: OpenMode,
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws InvalidAccessTokenError, ForeignOriginError */
  async admit(handshake: Handshake): Promise<Admission> {
    const identity = await this.identify(handshake);
    // Identities are remembered, so that they do not show whether there is a database to read the state from.
    await this.dataSource.query('SELECT 1');
    return {
      identity,
      zone: this.zoneOf(handshake),
      countedBy: { key: `user:${identity.userId}`, max: this.settings.sockets.maxPerUser },
      state: new PersonalState(handshake.query.get('since')),
    };
  }

  private async identify({ token, request, address }: Handshake): Promise<Identity> {
    // An empty one is none here: the class of the guide of 2026-01-28 cannot leave it out (docs/spec/v1.md#33-development).
    if (token !== undefined && !(token === '' && this.openMode.enabled))
      return this.identities.identify(token, address);
    if (!this.openMode.enabled) throw new InvalidAccessTokenError('Authorization header missing');
    if (!this.origins.isOwnName(request)) throw new ForeignOriginError();
    return this.openMode.identity;
  }

  /** An invalid one counts as not given: a handshake has no reply that could say so (docs/spec/sockets.md#handshake). */
  private zoneOf({ query }: Handshake): TimeZone {
    const named = query.get('timezone') ?? '';
    const zone = named === '' ? undefined : parseTimeZone(named);
    return zone ?? (this.settings.sockets.naiveUtc ? NAIVE_UTC : UTC);
  }
}
