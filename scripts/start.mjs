import { buildWhenNeeded, run } from './build-when-needed.mjs';

// npm sends SIGTERM to the shell between npm and this process, and a shell does not forward it. When started by npm,
// exit together with that shell.
const starter = process.ppid;
if (process.env.npm_lifecycle_event === 'start') {
  const watch = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

buildWhenNeeded();
await run('main.js');
