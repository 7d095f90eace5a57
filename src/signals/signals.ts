import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { describeError } from '../common/logging/describe-error.js';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/transactions.js';
import type { NewSignal, Signal } from './signal.js';
import { DELETE_OF_USER, INSERT } from './signals.sql.js';
import { userTopic } from './topics.js';

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

  constructor(private readonly database: Database) {}

  /** Writes a signal with what caused it; it is told after the commit, here at once. */
  add(transaction: Transaction, signal: NewSignal): Promise<void> {
    return this.addAll(transaction, [signal]);
  }

  /** Several in one statement, in their order. */
  async addAll(transaction: Transaction, signals: readonly NewSignal[]): Promise<void> {
    if (signals.length === 0) return;
    const rows = await this.database.query<{ id: string; at: number }>(INSERT, [
      signals.map(({ topic }) => topic),
      signals.map(({ kind }) => kind),
      signals.map(({ body }) => JSON.stringify(body)),
    ]);
    const written = signals.flatMap((signal, nth) => (rows[nth] ? [{ ...signal, ...rows[nth] }] : []));
    transaction.afterCommit(() => {
      for (const signal of written) {
        this.tellOnce(signal);
        for (const listener of this.ownListeners) listener(signal);
      }
    });
  }

  /** Deletes what is about a person, and what names them. To be called in the transaction that deletes the account. */
  async forgetUser(userId: string): Promise<void> {
    await this.database.execute(DELETE_OF_USER, [userId, userTopic(userId)]);
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
