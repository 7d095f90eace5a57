import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

import { describeError } from '../common/logging/describe-error.js';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/transactions.js';
import type { NewSignal, Signal } from './signal.js';
import { DELETE_OF_USER, INSERT } from './signals.sql.js';
import { userTopic } from './topics.js';

export type SignalListener = (signal: Signal) => void;

/** Stored events of this process and, through {@link SignalFollower}, of all others. Listeners get each one once. */
@Injectable()
export class Signals {
  private readonly logger = new Logger(Signals.name);
  private readonly listeners = new Set<SignalListener>();
  private readonly ownListeners = new Set<SignalListener>();
  private readonly forgetters = new Set<() => void>();
  /** Ids delivered recently: an event delivered at its commit appears in the log a second later. */
  private readonly told = new LRUCache<string, true>({ max: 20_000 });

  constructor(private readonly database: Database) {}

  /** Stores an event in the transaction that caused it. Listeners of this process get it right after the commit. */
  add(transaction: Transaction, signal: NewSignal): Promise<void> {
    return this.addAll(transaction, [signal]);
  }

  /** Stores several events in one statement, in the given order. */
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

  /** Deletes the events that concern or name a user. Call it in the transaction that deletes the account. */
  async forgetUser(userId: string): Promise<void> {
    await this.database.execute(DELETE_OF_USER, [userId, userTopic(userId)]);
  }

  /** @returns a function that removes the listener */
  subscribe(listener: SignalListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Subscribes to the events that this process writes, of which other instances must be notified. */
  subscribeToOwn(listener: SignalListener): void {
    this.ownListeners.add(listener);
  }

  /** Calls `forget` when stored events may have been missed, so that cached state about users is dropped. */
  onDistrust(forget: () => void): void {
    this.forgetters.add(forget);
  }

  /** Stored events or timer changes were missed: drops cached state and, through its listeners, closes every socket. */
  distrust(): void {
    this.told.clear();
    for (const forget of this.forgetters) forget();
  }

  /** Delivers events read from the log, except those already delivered at their commit. @returns the delivered ones */
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
