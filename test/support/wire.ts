import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import type { DatabaseConnection } from '../../src/database/connection.js';

/** A way to the database that can be cut. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private answering: (() => void)[] = [];
  private server: Server | undefined;

  constructor(private readonly target: () => Socket) {}

  async open(port = 0): Promise<number> {
    this.server = createServer((near) => {
      const far = this.target();
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket
          .on('error', () => undefined)
          .on('close', () => {
            [near, far].forEach((end) => end.destroy());
          });
      }
      near.pipe(far);
      far.pipe(near);
      this.answering.push(() => far.unpipe(near));
    });
    await new Promise<void>((resolve) => this.server?.listen(port, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  /** What is asked by now arrives; what is answered does not. */
  withholdAnswers(): void {
    for (const withhold of this.answering.splice(0)) withhold();
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** The same database by way of a wire. */
export function through(connection: DatabaseConnection, port: number): DatabaseConnection {
  if (!('url' in connection)) return { ...connection, host: '127.0.0.1', port };
  const url = new URL(connection.url);
  [url.hostname, url.port] = ['127.0.0.1', String(port)];
  // A socket's folder would be taken instead.
  url.searchParams.delete('host');
  return { url: url.toString() };
}

export function wireTo(connection: DatabaseConnection): Wire {
  const { host, port } = 'url' in connection ? hostOf(connection.url) : connection;
  return new Wire(() => (host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)));
}

const hostOf = (text: string) => {
  const url = new URL(text);
  return { host: url.searchParams.get('host') ?? url.hostname, port: Number(url.port || 5432) };
};
