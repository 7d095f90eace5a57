import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';

import { RouteNotFoundError } from '../../common/errors.js';
import { sockets } from '../../metrics/meters.js';
import { CommandDispatcher } from '../connection/command-dispatcher.js';
import { CLOSE, Connection } from '../connection/connection.js';
import { Revocations } from '../revocations.js';
import { ConnectionQuota } from './connection-quota.js';
import { Handshakes, type OpenedSocket } from './handshakes.js';
import { SocketEndpoint } from './socket-endpoint.js';
import { answerOrdinarily, asksForWebSocket } from './upgrades.js';

/** Base for parsing request targets, which contain no host. */
const BASE = 'http://localhost';
/** Connections close spread over at most this time, so that clients do not reconnect all at once. */
const DRAIN_MS = 3_000;
const DRAIN_EACH_MS = 5;

/** The sockets of this process: their endpoints, the open connections, and the drain when the server stops. */
@Injectable()
export class SocketServer {
  private readonly endpoints: SocketEndpoint[] = [];
  private readonly connections = new Set<Connection>();

  constructor(
    private readonly handshakes: Handshakes,
    private readonly quota: ConnectionQuota,
    private readonly dispatcher: CommandDispatcher,
    private readonly revocations: Revocations,
  ) {}

  /** Adds an endpoint. @param path a pattern such as `/ws/room/:room_id` */
  add(path: string): SocketEndpoint {
    const endpoint = new SocketEndpoint(path);
    this.endpoints.push(endpoint);
    return endpoint;
  }

  /** Listens for handshakes on the HTTP server. */
  attach(server: Server): void {
    server.prependListener('connection', (stream: Socket) => {
      this.quota.countPlain(stream);
    });
    server.on('upgrade', (request, stream, head) => {
      if (!asksForWebSocket(request)) answerOrdinarily(server, request, stream, head);
      else void this.upgrade(request, stream, head);
    });
  }

  /** Whether there is a socket endpoint at this path. */
  hasEndpointAt(path: string): boolean {
    return this.endpointAt(path) !== undefined;
  }

  /** Answers every further handshake with 503. */
  refuseConnections(): void {
    this.handshakes.refuseAll();
  }

  /** Refuses new connections, waits for the replies to commands in flight, then closes all connections over time. */
  async drain(): Promise<void> {
    this.refuseConnections();
    await this.dispatcher.settled();
    const connections = [...this.connections];
    const spread = Math.min(DRAIN_MS, connections.length * DRAIN_EACH_MS);
    await Promise.all(
      connections.map((connection, index) => this.close(connection, (spread * index) / connections.length)),
    );
    // Closed connections remove their presence while the database is still open.
    await this.dispatcher.settled();
  }

  private async close(connection: Connection, afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    connection.close(CLOSE.goingAway, 'server stops');
    await connection.closed;
  }

  private async upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => stream.destroy());
    const url = urlOf(request);
    const endpoint = this.endpointAt(url.pathname);
    const upgrade = { request, stream, head, url };
    if (endpoint === undefined) {
      this.handshakes.refuse(upgrade, undefined, new RouteNotFoundError());
      return;
    }
    await this.handshakes.open(upgrade, endpoint, (opened) => {
      this.begin(opened, endpoint);
    });
  }

  /** Gateways get the connection before its frames are read. */
  private begin(opened: OpenedSocket, endpoint: SocketEndpoint): void {
    const connection = new Connection(opened, endpoint, this.dispatcher.warnOfExpiry);
    const { socket, dialect, release } = opened;
    const labels = { endpoint: endpoint.kind, dialect };
    this.connections.add(connection);
    sockets.inc(labels);
    this.revocations.watch(connection);
    socket.on('close', () => {
      this.connections.delete(connection);
      sockets.dec(labels);
      this.revocations.forget(connection);
      connection.ended();
      release();
    });
    endpoint.emit('connection', connection);
    this.dispatcher.listen(connection, socket);
  }

  private endpointAt(path: string): SocketEndpoint | undefined {
    return this.endpoints.find(({ match }) => match(path) !== undefined);
  }
}

/** An invalid URL matches no route. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  return URL.canParse(url, BASE) ? new URL(url, BASE) : new URL(BASE);
}
