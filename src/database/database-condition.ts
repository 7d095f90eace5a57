import { Injectable, Logger } from '@nestjs/common';
import { Client, type ClientBase } from 'pg';

/** SQLSTATE: read-only transaction, disk full, the server shuts down, crashed, or starts. */
const REFUSED = /^(25006|53100|57P0[123])$/;
/** Parameters that a server reports by itself when they change (PostgreSQL 14). */
const READ_ONLY_PARAMETERS = new Set(['in_hot_standby', 'default_transaction_read_only']);
/** Not ready for this long after the last refusal; a disk that is full shows in no question. */
const REMEMBERED_MS = 5_000;

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
  private refusedAt = -Infinity;
  private readonly listeners: (() => void)[] = [];

  /** Listens to what the server says on a new connection. */
  watch(client: ClientBase): void {
    if (!(client instanceof Client)) return;
    client.connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (REFUSED.test(code ?? '')) this.refusesWrites(client, code);
    });
    client.connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
      if (READ_ONLY_PARAMETERS.has(parameterName) && parameterValue === 'on') this.refusesWrites(client, parameterName);
    });
  }

  /** The server at the other end of this connection takes no writes. @param said its words, for the log */
  refusesWrites(client: ClientBase, said = 'read-only'): void {
    this.refusing.add(client);
    if (!this.refusedLately) this.logger.warn({ msg: 'the database takes no writes', said });
    this.refusedAt = performance.now();
    for (const listener of this.listeners) listener();
  }

  /** Whether nothing more should be sent on it. */
  isRefusing(client: ClientBase): boolean {
    return this.refusing.has(client);
  }

  /** Whether a write was refused in the last seconds, on whichever connection. */
  get refusedLately(): boolean {
    return performance.now() - this.refusedAt < REMEMBERED_MS;
  }

  /** Calls back at each refusal. */
  onRefusal(listener: () => void): void {
    this.listeners.push(listener);
  }
}
