import { createServer, connect, type Server, type Socket } from 'node:net';

/** A wire between an instance and Redis that can be cut: nothing is refused, nothing arrives. */
export class RedisLink {
  private readonly sockets = new Set<Socket>();
  private isCut = false;
  /** Where Redis is, once that is known. */
  redisPort: number | undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (near) => {
      this.connect(near);
    });
  }

  static async open(): Promise<RedisLink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RedisLink(server);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  cut(): void {
    this.isCut = true;
  }

  /** What was under way on the old connections is lost for good. */
  mend(): void {
    this.isCut = false;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private connect(near: Socket): void {
    this.keep(near);
    if (this.redisPort === undefined) {
      near.destroy();
      return;
    }
    const far = connect(this.redisPort, '127.0.0.1');
    this.keep(far);
    this.carry(near, far);
    this.carry(far, near);
  }

  private carry(from: Socket, to: Socket): void {
    from.on('data', (data) => {
      if (!this.isCut) to.write(data);
    });
    from.on('close', () => to.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
