import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from '../support/server.js';

/** An nginx of a test's own. */
export class Nginx {
  private process: ChildProcess | undefined;

  private constructor(readonly folder: string) {}

  /** @param configure what stands in its `http` block, and the port that it listens on then */
  static async start(configure: (folder: string) => { http: string; port: number }): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'metronome-nginx-'));
    // Its workers are somebody else.
    chmodSync(folder, 0o755);
    const nginx = new Nginx(folder);
    const { http, port } = configure(folder);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, `pid ${folder}/nginx.pid;\nevents {}\nhttp {\n${paths.join('\n')}\n${http}\n}\n`);
    nginx.process = spawn('nginx', ['-c', file, '-g', 'daemon off; error_log stderr warn;'], { stdio: 'ignore' });
    await until(() => listens(port), 10_000);
    return nginx;
  }

  async stop(): Promise<void> {
    if (this.process?.kill('SIGTERM') === true) await once(this.process, 'exit');
    rmSync(this.folder, { recursive: true });
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return connected;
}
