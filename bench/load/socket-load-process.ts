import type { PostgresServer } from '../harness/postgres.js';
import { type CpuTime, startCpuMeter } from '../harness/cpu-meter.js';
import { WorkerProcess } from '../harness/worker-process.js';
import type { LoadSample } from './http-load-process.js';
import type {
  ArrivalReport,
  AwaitJob,
  CommandsJob,
  CommandsReport,
  FirstArrivalsReport,
  SocketJob,
  SocketTarget,
} from './socket-load.js';

const UNMEASURED = { begins: () => undefined, ends: () => undefined };

/** Sockets in their own process. */
export class SocketLoad {
  private readonly worker = new WorkerProcess<SocketJob, unknown>(new URL('socket-load.js', import.meta.url));

  constructor(private readonly postgres: PostgresServer) {}

  /** @param pid the server's process, whose CPU time is reported with the rate */
  async commands(job: CommandsJob, pid: number): Promise<LoadSample> {
    let read = startCpuMeter(pid, this.postgres);
    let cpu: CpuTime = { process: undefined, database: undefined };
    const report = (await this.worker.run(job, {
      begins: () => (read = startCpuMeter(pid, this.postgres)),
      ends: () => (cpu = read()),
    })) as CommandsReport;
    return { ...report, cpu, rate: report.latencies.length / report.seconds };
  }

  /** Opens these sockets and closes the previous ones. */
  async open(sockets: readonly SocketTarget[], { recording = false } = {}): Promise<void> {
    await this.worker.run({ kind: 'open', sockets, recording }, UNMEASURED);
  }

  /** @returns for each open socket when its last awaited frame arrived */
  async arrivals(job: Omit<AwaitJob, 'kind'>): Promise<ArrivalReport> {
    return (await this.worker.run({ kind: 'await', ...job }, UNMEASURED)) as ArrivalReport;
  }

  /** Discards the recorded frames. */
  async reset(): Promise<void> {
    await this.worker.run({ kind: 'reset' }, UNMEASURED);
  }

  /** @param before the text that precedes the numbers in frames */
  async firstArrivals(before: string): Promise<FirstArrivalsReport> {
    return (await this.worker.run({ kind: 'firstArrivals', before }, UNMEASURED)) as FirstArrivalsReport;
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }
}
