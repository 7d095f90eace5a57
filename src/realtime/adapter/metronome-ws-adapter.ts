import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { MessageMappingProperties } from '@nestjs/websockets';

import type { CommandHandler, Connection } from '../connection/connection.js';
import type { SocketEndpoint } from './socket-endpoint.js';
import { SocketServer } from './socket-server.js';

/**
 * Connects Nest's gateways to the sockets of this server. Unlike the stock adapter it supports path patterns, admission
 * before the handshake and dialects, runs the commands of a connection strictly in order, replies to every command, and
 * closes connections with a code on shutdown (docs/adr/0021-sockets-are-nest-gateways.md).
 */
export class MetronomeWsAdapter extends WsAdapter {
  private readonly sockets: SocketServer;

  constructor(app: INestApplication) {
    super(app);
    this.sockets = app.get(SocketServer);
    this.sockets.attach(this.httpServer as Server);
  }

  /** The server object of a path; gateways of one path share it. */
  override create(_port: number, { path = '/' }: { path?: string } = {}): SocketEndpoint {
    return this.sockets.add(path);
  }

  /** Called for every connection by each gateway of its path. */
  override bindMessageHandlers(connection: Connection, handlers: MessageMappingProperties[]): void {
    for (const { message, callback } of handlers) connection.handle(String(message), callback as CommandHandler);
  }

  override bindClientDisconnect(connection: Connection, callback: () => void): void {
    connection.onDisconnect(callback);
  }

  /** Does nothing: the drain has already closed the connections, before the database closes. */
  override close(): Promise<void> {
    return Promise.resolve();
  }
}
