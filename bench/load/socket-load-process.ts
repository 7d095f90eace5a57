import type { PostgresServer } from '../harness/postgres.js';
import { type CpuTime, startCpuMeter } from '../harness/cpu-meter.js';
import { WorkerProcess } from '../harness/worker-process.js';
import type { LoadSample } from './http-load-process.js';
import type {
  ArrivalReport,
  AwaitJob,
  CommandsJob,
  CommandsReport,
  HeardReport,
  SocketJob,
  SocketTarget,
} from './socket-load.js';

const UNMEASURED = { begins: () => undefined, ends: () => undefined };

/** Sockets in a process of their own. */
export class SocketLoad {
  private readonly worker = new WorkerProcess<SocketJob, unknown>(new URL('socket-load.js', import.meta.url));

  constructor(private readonly postgres: PostgresServer) {}

  /** @param pid the server's process, whose CPU time is told beside the rate */
  async commands(job: CommandsJob, pid: number): Promise<LoadSample> {
    let read = startCpuMeter(pid, this.postgres);
    let cpu: CpuTime = { process: undefined, database: undefined };
    const report = (await this.worker.run(job, {
      begins: () => (read = startCpuMeter(pid, this.postgres)),
      ends: () => (cpu = read()),
    })) as CommandsReport;
    return { ...report, cpu, rate: report.latencies.length / report.seconds };
  }

  /** Opens sockets in the place of those that were open. */
  async open(sockets: readonly SocketTarget[], { recording = false } = {}): Promise<void> {
    await this.worker.run({ kind: 'open', sockets, recording }, UNMEASURED);
  }

  /** @returns of each open socket when its last awaited frame came */
  async arrivals(job: Omit<AwaitJob, 'kind'>): Promise<ArrivalReport> {
    return (await this.worker.run({ kind: 'await', ...job }, UNMEASURED)) as ArrivalReport;
  }

  /** What was noted so far is not asked for. */
  async forget(): Promise<void> {
    await this.worker.run({ kind: 'forget' }, UNMEASURED);
  }

  /** @param before what the numbers stand behind in frames */
  async heard(before: string): Promise<HeardReport> {
    return (await this.worker.run({ kind: 'heard', before }, UNMEASURED)) as HeardReport;
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }
}
