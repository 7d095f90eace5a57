import { once } from 'node:events';
import { readdirSync } from 'node:fs';

import { WebSocket } from 'ws';

/** What an instance holds at a moment, after a garbage collection. Bytes, unless said otherwise. */
export interface Held {
  readonly rss: number;
  readonly heap: number;
  /** Outside the heap: buffers, mostly. */
  readonly external: number;
  /** What keeps its event loop alive, timers not counted, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  readonly timeouts: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  /** Sockets of clients. */
  readonly sockets: number;
  /** Milliseconds, since it was last asked. */
  readonly loopLagP99: number;
}

interface Told {
  readonly pid: number;
  readonly memory: NodeJS.MemoryUsage;
  readonly resources: readonly string[];
}

const TELL = `JSON.stringify({
  pid: process.pid, memory: process.memoryUsage(), resources: process.getActiveResourcesInfo(),
})`;
/** One-off work, not something that is held: files being read, requests under way. */
const PASSING = /Req|Request|Immediate|TickObject/;

/** Asks an instance through Node's inspector, which it listens for with {@link inspectorSettings}, and through /metrics. */
export class InstanceProbe {
  constructor(
    private readonly url: string,
    private readonly inspectorPort: number,
  ) {}

  async held(): Promise<Held> {
    const metrics = await this.metrics();
    const { pid, memory, resources } = await this.afterCollection();
    const held = resources.filter((name) => !PASSING.test(name));
    const handles: Record<string, number> = {};
    for (const name of held.filter((each) => each !== 'Timeout')) handles[name] = (handles[name] ?? 0) + 1;
    return {
      rss: memory.rss,
      heap: memory.heapUsed,
      external: memory.external,
      handles,
      timeouts: held.filter((name) => name === 'Timeout').length,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      sockets: sumOf(metrics, 'metronome_sockets'),
      loopLagP99: sumOf(metrics, 'nodejs_eventloop_lag_p99_seconds') * 1_000,
    };
  }

  private async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  private async afterCollection(): Promise<Told> {
    const inspector = await Inspector.attach(this.inspectorPort);
    await inspector.call('HeapProfiler.collectGarbage');
    const { result } = (await inspector.call('Runtime.evaluate', { expression: TELL })) as {
      result: { value: string };
    };
    inspector.detach();
    return JSON.parse(result.value) as Told;
  }
}

export const inspectorSettings = (port: number) => ({ NODE_OPTIONS: `--inspect=127.0.0.1:${port}` });
/** What Node.js says of it in the log. */
export const SAID_BY_INSPECTOR = /^(Debugger |For help, see)/;

/** The inspector's protocol, as far as it is needed. */
class Inspector {
  private calls = 0;

  private constructor(private readonly socket: WebSocket) {}

  static async attach(port: number): Promise<Inspector> {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      readonly webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
    await once(socket, 'open');
    return new Inspector(socket);
  }

  async call(method: string, params: object = {}): Promise<unknown> {
    this.calls += 1;
    const id = this.calls;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      const hear = (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as { id?: number; result?: unknown };
        if (answer.id !== id) return;
        this.socket.off('message', hear);
        resolve(answer.result);
      };
      this.socket.on('message', hear);
    });
  }

  detach(): void {
    this.socket.close();
  }
}

/** Of all series of a metric. */
function sumOf(metrics: string, name: string): number {
  const values = metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}
