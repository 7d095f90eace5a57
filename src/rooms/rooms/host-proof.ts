import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { parse as parseCookies } from 'cookie';
import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';

import { Origins } from '../../common/http/origins.js';
import { hashOfSecret } from '../../common/secret-hash.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import type { Identity } from '../../identity/bearer/identity.js';
import type { Room } from './room.js';

const YEAR_MS = 365 * 86_400_000;
const cookieName = (roomId: string): string => `metronome_host_${roomId}`;

/** The proofs of being a room's host that a caller may send. */
export interface Proofs {
  readonly identity: Identity | null;
  /** `X-Host-Token`, or the socket's subprotocol `host.<token>`. */
  readonly token: string | undefined;
  readonly request: IncomingMessage;
}

export const newHostToken = (): string => randomBytes(32).toString('base64url');

/**
 * Decides whether a caller is a room's host: by the account that created the room, by the host token, or by the cookie
 * set at creation (docs/spec/rooms.md#who-is-who).
 */
@Injectable()
export class HostProof {
  constructor(
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  isHost(room: Pick<Room, 'id' | 'hostUserId' | 'hostTokenHash'>, { identity, token, request }: Proofs): boolean {
    if (identity !== null && identity.userId === room.hostUserId) return true;
    if (token !== undefined) return matches(token, room.hostTokenHash);
    const fromCookie = this.cookieOf(room.id, request);
    return fromCookie !== undefined && matches(fromCookie, room.hostTokenHash);
  }

  /** Extends a valid host cookie by another year. */
  renew({ id, hostTokenHash }: Pick<Room, 'id' | 'hostTokenHash'>, request: Request): void {
    const shown = this.cookieOf(id, request);
    if (shown !== undefined && request.res && matches(shown, hostTokenHash)) this.remember(request.res, id, shown);
  }

  /** Sets the host cookie, for the paths of REST and of the socket. */
  remember(response: Response, roomId: string, token: string): void {
    const secure = response.req.secure || this.settings.http.publicUrl.startsWith('https:');
    for (const path of [`/api/v1/rooms/${roomId}`, `/ws/room/${roomId}`]) {
      response.cookie(cookieName(roomId), token, { httpOnly: true, sameSite: 'strict', secure, maxAge: YEAR_MS, path });
    }
  }

  /** The token in the cookie; ignored for requests from pages of other origins (docs/spec/extensions.md#rooms). */
  cookieOf(roomId: string, request: IncomingMessage): string | undefined {
    return this.origins.isOwnPage(request) ? parseCookies(request.headers.cookie ?? '')[cookieName(roomId)] : undefined;
  }
}

const matches = (token: string, hash: Buffer): boolean => timingSafeEqual(hashOfSecret(token), hash);
