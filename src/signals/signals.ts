import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { describeError } from '../common/logging/describe-error.js';
import type { Transaction } from '../database/transactions.js';
import type { NewSignal, Signal } from './signal.js';

export type SignalListener = (signal: Signal) => void;

/** The signals of this process and, through {@link SignalFollower}, of every other: each is told once. */
@Injectable()
export class Signals {
  private readonly logger = new Logger(Signals.name);
  private readonly listeners = new Set<SignalListener>();
  private readonly ownListeners = new Set<SignalListener>();
  private readonly forgetters = new Set<() => void>();
  /** Ids told lately: what is told when it is written is met in the log a second later. */
  private readonly told = new LRUCache<string, true>({ max: 20_000 });

  /** Writes a signal with what caused it; it is told after the commit, here at once. */
  async add(transaction: Transaction, signal: NewSignal): Promise<void> {
    const rows: { id: string; at: number }[] = await transaction.manager.query(
      `INSERT INTO signals (topic, kind, body) VALUES ($1, $2, $3)
       RETURNING id, extract(epoch from at)::float8 * 1000 AS at`,
      [signal.topic, signal.kind, signal.body],
    );
    const [written] = rows;
    if (written === undefined) return;
    transaction.afterCommit(() => {
      this.tellOnce({ ...signal, ...written });
      for (const listener of this.ownListeners) listener({ ...signal, ...written });
    });
  }

  /** @returns how to stop listening */
  subscribe(listener: SignalListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Hears only of what this process writes: what others have to be told of. */
  subscribeToOwn(listener: SignalListener): void {
    this.ownListeners.add(listener);
  }

  /** Calls `forget` when signals may have been missed: nothing that they may have been about is to be believed. */
  onDistrust(forget: () => void): void {
    this.forgetters.add(forget);
  }

  /** Signals, or changes of timers, were missed: what is remembered here is forgotten, and every socket closes. */
  distrust(): void {
    this.told.clear();
    for (const forget of this.forgetters) forget();
  }

  /** What the log has: told unless it was told when it was written. @returns those that were news */
  catchUp(signals: readonly Signal[]): Signal[] {
    return signals.filter((signal) => this.tellOnce(signal));
  }

  private tellOnce(signal: Signal): boolean {
    if (this.told.has(signal.id)) return false;
    this.told.set(signal.id, true);
    this.tell(signal);
    return true;
  }

  private tell(signal: Signal): void {
    for (const listener of this.listeners) {
      try {
        listener(signal);
      } catch (error) {
        this.logger.error({ msg: 'a listener of the signals failed', kind: signal.kind, ...describeError(error) });
      }
    }
  }
}
