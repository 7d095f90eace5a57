import type { PostgresServer } from '../harness/postgres.js';
import { type CpuTime, startCpuMeter } from '../harness/cpu-meter.js';
import { WorkerProcess } from '../harness/worker-process.js';
import type { LoadJob, LoadReport } from './http-load.js';

/** One slot under load, with its CPU time. */
export interface LoadSample extends LoadReport {
  readonly rate: number;
  readonly cpu: CpuTime;
}

/** The load generator, in one process for the whole benchmark, so that it is warm from the second slot on. */
export class HttpLoad {
  private readonly worker = new WorkerProcess<LoadJob, LoadReport>(new URL('http-load.js', import.meta.url));

  constructor(private readonly postgres: PostgresServer) {}

  /** @param pid the server's process, whose CPU time is reported with the rate */
  async run(job: LoadJob, pid: number): Promise<LoadSample> {
    let read = startCpuMeter(pid, this.postgres);
    let cpu: CpuTime = { process: undefined, database: undefined };
    const report = await this.worker.run(job, {
      begins: () => (read = startCpuMeter(pid, this.postgres)),
      ends: () => (cpu = read()),
    });
    return { ...report, cpu, rate: report.latencies.length / report.seconds };
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }
}
