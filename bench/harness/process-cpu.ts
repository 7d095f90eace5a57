import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports CPU time in hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly command: string;
  readonly parent: number;
  readonly own: number;
  /** Of children that have exited and been waited for. */
  readonly ofEnded: number;
}

/** CPU seconds (user and system) of one process so far; undefined without `/proc`. */
export function processCpu(pid: number): number | undefined {
  return timesOf(pid)?.own;
}

/** CPU seconds of a process and its children, including those that have exited; undefined without `/proc`. */
export function processTreeCpu(pid: number): number | undefined {
  const root = timesOf(pid);
  if (root === undefined) return undefined;
  const children = readdirSync('/proc').flatMap((name) => {
    const times = /^\d+$/.test(name) ? timesOf(Number(name)) : undefined;
    return times?.parent === pid ? [times.own] : [];
  });
  return children.reduce((sum, seconds) => sum + seconds, root.own + root.ofEnded);
}

/** The parent process of a PostgreSQL backend; undefined when no such backend runs on this machine. */
export function backendParent(backend: number): number | undefined {
  const times = timesOf(backend);
  return times?.command.startsWith('postgres') ? times.parent : undefined;
}

/**
 * Parses `/proc/<pid>/stat`. The command is in parentheses and may contain any character, so fields are counted from
 * the last parenthesis.
 */
function timesOf(pid: number): ProcessTimes | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const end = text.lastIndexOf(')');
    const fields = text
      .slice(end + 2)
      .split(' ')
      .map(Number);
    const seconds = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / TICKS_PER_SECOND;
    const command = text.slice(text.indexOf('(') + 1, end);
    return { command, parent: fields[1] ?? 0, own: seconds(11), ofEnded: seconds(13) };
  } catch {
    return undefined;
  }
}
