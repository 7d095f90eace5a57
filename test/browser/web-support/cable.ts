import { createServer, connect, type Server, type Socket } from 'node:net';

/** A network cable between one browser and the server: pulled, nothing goes through, and nobody is told. */
export class Cable {
  private readonly ends = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (near) => {
      this.join(near);
    });
  }

  static async to(port: number): Promise<Cable> {
    const server = createServer();
    const cable = new Cable(server, port);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    return cable;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  /** Pulls it: open connections break, new ones are refused. */
  cut(): void {
    this.isCut = true;
    for (const end of this.ends) end.destroy();
    this.ends.clear();
  }

  mend(): void {
    this.isCut = false;
  }

  private join(near: Socket): void {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.target, '127.0.0.1');
    for (const end of [near, far]) {
      this.ends.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        this.ends.delete(end);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
