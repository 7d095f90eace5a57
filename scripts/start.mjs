import { buildWhenNeeded, run } from './build-when-needed.mjs';

// npm hands a SIGTERM to the shell that it has put between itself and us, and a shell does not pass it on. Where npm has
// started us, we go with what it has put in front of us.
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
