import { Injectable, Logger } from '@nestjs/common';
import { Client, type ClientBase } from 'pg';

/** SQLSTATE codes: read-only transaction; the server shuts down, has crashed, or starts. */
const REFUSED = /^(25006|57P0[123])$/;
const DISK_FULL = '53100';
/** Parameters whose changes the server reports without a query (PostgreSQL 14). */
const READ_ONLY_PARAMETERS = new Set(['in_hot_standby', 'default_transaction_read_only']);
/** Milliseconds to remember a full disk, because no query reveals it. */
const REMEMBERED_MS = 3_000;
/** Minimum interval between log lines, in milliseconds. */
const SAID_EVERY_MS = 5_000;

interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/**
 * Records on which connections the server rejects writes (demoted, a replica behind the name, shutting down), and
 * whether its disk is full. A rejecting connection is not used again; a new one may reach the writable server.
 */
@Injectable()
export class DatabaseCondition {
  private readonly logger = new Logger(DatabaseCondition.name);
  private readonly refusing = new WeakSet<ClientBase>();
  private diskFullAt = -Infinity;
  private saidAt = -Infinity;
  private readonly listeners: (() => void)[] = [];

  /** Observes the errors and parameter changes that the server reports on a connection. */
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

  /**
   * Records that the server of this connection rejects writes.
   * @param said the reason, for the log
   */
  refusesWrites(client: ClientBase, said = 'read-only'): void {
    this.refusing.add(client);
    this.say(said);
    for (const listener of this.listeners) listener();
  }

  /** Whether the connection must not be used again. */
  isRefusing(client: ClientBase): boolean {
    return this.refusing.has(client);
  }

  /** Whether a write on any connection failed in the last 3 s because the disk was full. */
  get lacksSpace(): boolean {
    return performance.now() - this.diskFullAt < REMEMBERED_MS;
  }

  /** Calls `listener` whenever a server rejects writes. */
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
