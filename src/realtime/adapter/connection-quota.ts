import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';

import { TooManyRequestsError } from '../../common/errors.js';
import { Origins } from '../../common/http/origins.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { networkOf } from '../../rate-limits/network.js';
import { OpenConnections } from './open-connections.js';
import type { Admission } from './socket-endpoint.js';

/** Connections of an address beyond its limit that are not closed at once: a handshake by them is answered with 429. */
const TOLD_WHY = 16;

/** Counts open connections by address, and sockets by what their admission names (docs/spec/sockets.md#limits). */
@Injectable()
export class ConnectionQuota {
  private readonly open = new OpenConnections();
  /** Streams counted from their beginning to their end, and whether they are within the limit of their address. */
  private readonly counted = new WeakMap<Duplex, boolean>();

  constructor(
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Counts a peer's plain connection, whatever is said on it. Beyond the limit it is closed at once, but for a few, whose
   * handshakes are answered with the reason. A trusted proxy has its clients' connections: of these only sockets can be
   * told apart.
   */
  countPlain(stream: Socket): void {
    const { remoteAddress = '' } = stream;
    // A connection is handed over once more when it asks for a protocol that we do not speak.
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
   * Counts a socket that is about to open. @returns releases it, once
   * @throws TooManyRequestsError when the limit of its address or of its admission is reached
   */
  enter(stream: Duplex, address: string, countedBy: Admission['countedBy']): () => void {
    // A connection that was counted when it came is not counted as a socket, too.
    const plain = this.counted.get(stream);
    const keys: string[] = [];
    if (plain === undefined) this.require(addressKey(address), this.maxPerAddress, keys);
    else if (!plain) throw new TooManyRequestsError(1);
    if (countedBy) this.require(countedBy.key, this.settings.rateLimits.enabled ? countedBy.max : Infinity, keys);
    return () => {
      this.leave(keys);
    };
  }

  /** @param entered what is released when this fails */
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
