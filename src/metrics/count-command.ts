import { commands } from './meters.js';

export type Generation = 'legacy' | 'v1' | 'rooms';
export type CommandResult = 'done' | 'refused' | 'unavailable';

/** The routes that are timer commands, by API. */
const ROUTES: readonly [generation: Generation, route: RegExp][] = [
  ['legacy', /^\/v1\/user\/timer\/(start|stop)\/?$/],
  ['v1', /^\/v1\/timers\/:id\/(pause|resume|stop|cancel)$/],
  ['rooms', /^\/api\/v1\/rooms\/:room_id\/timer\/(start|pause|resume|reset)$/],
];
const START = { kind: 'start', generation: 'v1' } as const;
/** Socket commands that do not concern a timer. */
const NO_COMMANDS = new Set(['sync', 'ping', 'renewAuth', 'joinRoom', 'leaveRoom']);

interface Answered {
  readonly method: string;
  /** The route pattern; null when no route matches the path. */
  readonly route: string | null;
  readonly status: number;
}

/** Counts an answered request if it was a timer command. */
export function countRequestedCommand({ method, route, status }: Answered): void {
  const command = route === null ? undefined : commandOf(method, route);
  if (command) commands.inc({ ...command, result: resultOf(status) });
}

/** Counts a socket command if it was a timer command. */
export function countSocketCommand(kind: string, generation: Generation, result: CommandResult): void {
  if (!NO_COMMANDS.has(kind)) commands.inc({ kind, generation, result });
}

function commandOf(method: string, route: string): { kind: string; generation: Generation } | undefined {
  if (method === 'POST' && route === '/v1/timers') return START;
  for (const [generation, pattern] of ROUTES) {
    const kind = pattern.exec(route)?.[1];
    if (kind !== undefined) return { kind, generation };
  }
  return undefined;
}

function resultOf(status: number): CommandResult {
  if (status < 400) return 'done';
  return status >= 500 ? 'unavailable' : 'refused';
}
