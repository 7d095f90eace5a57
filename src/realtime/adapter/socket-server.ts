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

/** Request targets have no host of their own. */
const BASE = 'http://localhost';
/** Connections close spread over this, so that clients do not return all at once. */
const DRAIN_MS = 3_000;
const DRAIN_EACH_MS = 5;

/** The sockets of this process: their endpoints, the open connections, and their end when the server stops. */
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

  /** A new endpoint. @param path `/ws/room/:room_id` */
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

  /** Whether a socket is to be had at this path. */
  hasEndpointAt(path: string): boolean {
    return this.endpointAt(path) !== undefined;
  }

  /** From now on a handshake is answered with 503. */
  refuseConnections(): void {
    this.handshakes.refuseAll();
  }

  /** Opens no connection any more, lets commands in flight be answered, then closes all, spread over a while. */
  async drain(): Promise<void> {
    this.refuseConnections();
    await this.dispatcher.settled();
    const connections = [...this.connections];
    const spread = Math.min(DRAIN_MS, connections.length * DRAIN_EACH_MS);
    await Promise.all(
      connections.map((connection, index) => this.close(connection, (spread * index) / connections.length)),
    );
    // Presence is left while there is a database to write it to.
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

  /** The gateways subscribe first; then the connection is read. */
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
