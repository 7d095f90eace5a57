/** What a container is to a data folder: process ids, shared memory and `/proc` of its own, the files shared. */
const ORDINARY = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user'];
const CONTAINER = ['unshare', ...ORDINARY, '--pid', '--ipc', '--fork', '--mount-proc', '--kill-child'] as const;

/** Container runtimes take this away; with it `/proc/PID/cwd` of another user's process can be read. */
const WITHOUT_PTRACE = ['setpriv', '--bounding-set', '-sys_ptrace', '--inh-caps', '-sys_ptrace'] as const;

/** The command as the first process of a container of its own. Killing it ends all that it started. */
export const inContainer = (...command: string[]): string[] => [...CONTAINER, ...command];

/** The command as root as containers have it. */
export const withoutPtrace = (...command: string[]): string[] => [...WITHOUT_PTRACE, ...command];
