import { Injectable, Logger } from '@nestjs/common';
import { Client, type ClientBase } from 'pg';

/** SQLSTATE: read-only transaction; the server shuts down, crashed, or starts. */
const REFUSED = /^(25006|57P0[123])$/;
const DISK_FULL = '53100';
/** Parameters that a server reports by itself when they change (PostgreSQL 14). */
const READ_ONLY_PARAMETERS = new Set(['in_hot_standby', 'default_transaction_read_only']);
/** A disk that is full shows in no question, so it is remembered for this long. */
const REMEMBERED_MS = 3_000;
/** The log says so once in this time. */
const SAID_EVERY_MS = 5_000;

interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/**
 * What the database has said of itself on any of our connections: that it takes no writes (demoted, a replica behind the
 * name, its disk full, going down). Such a connection is used no more: the next one may reach the server that does.
 */
@Injectable()
export class DatabaseCondition {
  private readonly logger = new Logger(DatabaseCondition.name);
  private readonly refusing = new WeakSet<ClientBase>();
  private diskFullAt = -Infinity;
  private saidAt = -Infinity;
  private readonly listeners: (() => void)[] = [];

  /** Listens to what the server says on a new connection. */
  watch(client: ClientBase): void {
    if (!(client instanceof Client)) return;
    client.connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (REFUSED.test(code ?? '')) this.refusesWrites(client, code);
      if (code === DISK_FULL) this.diskIsFull();
    });
    client.connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
      if (READ_ONLY_PARAMETERS.has(parameterName) && parameterValue === 'on') this.refusesWrites(client, parameterName);
    });
  }

  /** The server at the other end of this connection takes no writes. @param said its words, for the log */
  refusesWrites(client: ClientBase, said = 'read-only'): void {
    this.refusing.add(client);
    this.say(said);
    for (const listener of this.listeners) listener();
  }

  /** Whether nothing more should be sent on it. */
  isRefusing(client: ClientBase): boolean {
    return this.refusing.has(client);
  }

  /** Whether a write failed for want of space in the last seconds, on whichever connection. */
  get lacksSpace(): boolean {
    return performance.now() - this.diskFullAt < REMEMBERED_MS;
  }

  /** Calls back at each refusal. */
  onRefusal(listener: () => void): void {
    this.listeners.push(listener);
  }

  private diskIsFull(): void {
    this.diskFullAt = performance.now();
    this.say('its disk is full');
  }

  private say(said: string): void {
    if (performance.now() - this.saidAt < SAID_EVERY_MS) return;
    this.saidAt = performance.now();
    this.logger.warn({ msg: 'the database takes no writes', said });
  }
}
