import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';

import { TooManyRequestsError } from '../../common/errors.js';
import { Origins } from '../../common/http/origins.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { networkOf } from '../../rate-limits/network.js';
import { OpenConnections } from './open-connections.js';
import type { Admission } from './socket-endpoint.js';

/** Connections beyond an address's limit that stay open, so that a handshake on them can be answered with 429. */
const TOLD_WHY = 16;

/** Counts open connections by address, and sockets also by the key of their admission (docs/spec/sockets.md#limits). */
@Injectable()
export class ConnectionQuota {
  private readonly open = new OpenConnections();
  /** Streams that are counted while they are open, and whether they are within the limit of their address. */
  private readonly counted = new WeakMap<Duplex, boolean>();

  constructor(
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Counts a TCP connection, whatever its use. A connection beyond the limit is closed at once, except for a few whose
   * handshakes are answered with the reason. Connections of a trusted proxy are not counted here, because they belong
   * to many clients; of these only the sockets are counted.
   */
  countPlain(stream: Socket): void {
    const { remoteAddress = '' } = stream;
    // A request to upgrade to an unsupported protocol emits its connection a second time.
    if (this.counted.has(stream) || this.origins.trusts(remoteAddress, 0)) return;
    const address = addressKey(networkOf(remoteAddress));
    const isWithin = this.open.enter(address, this.maxPerAddress);
    if (!isWithin && !this.open.enter(address, this.maxPerAddress + TOLD_WHY)) {
      stream.destroy();
      return;
    }
    this.counted.set(stream, isWithin);
    stream.once('close', () => {
      this.open.leave(address);
    });
  }

  /**
   * Counts a socket that is about to open.
   * @returns a function that releases the count; further calls have no effect
   * @throws TooManyRequestsError when the limit of its address or of its admission is reached
   */
  enter(stream: Duplex, address: string, countedBy: Admission['countedBy']): () => void {
    // A connection counted by countPlain is not counted again as a socket.
    const plain = this.counted.get(stream);
    const keys: string[] = [];
    if (plain === undefined) this.require(addressKey(address), this.maxPerAddress, keys);
    else if (!plain) throw new TooManyRequestsError(1);
    if (countedBy) this.require(countedBy.key, this.settings.rateLimits.enabled ? countedBy.max : Infinity, keys);
    return () => {
      this.leave(keys);
    };
  }

  /** @param entered the keys counted so far; released on failure. @throws TooManyRequestsError */
  private require(key: string, max: number, entered: string[]): void {
    if (this.open.enter(key, max)) {
      entered.push(key);
      return;
    }
    this.leave(entered);
    throw new TooManyRequestsError(1);
  }

  private leave(keys: string[]): void {
    for (const key of keys.splice(0)) this.open.leave(key);
  }

  private get maxPerAddress(): number {
    return this.settings.rateLimits.enabled ? this.settings.sockets.maxPerAddress : Infinity;
  }
}

const addressKey = (address: string): string => `address:${address}`;
