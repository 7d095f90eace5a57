import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { Metronome } from './metronome.js';
import type { RoomSocket, RoomSocketOptions, RoomState } from './socket/room-socket.js';
import type { TimerSocket, TimerSocketOptions, TimersState } from './socket/timer-socket.js';
import type { Observable } from './store.js';

/** A socket that opens with the first component that uses it and closes after the last. */
interface Shared {
  readonly socket: Live;
  users: number;
  closing: ReturnType<typeof setTimeout> | undefined;
}

interface Live {
  open(): unknown;
  close(): void;
}

/** Keeps the connection between two pages that show the same data, and while React's strict mode runs effects twice. */
const LINGER_MS = 250;

/** The sockets of each client, by key. */
const shared = new WeakMap<object, Map<string, Shared>>();

/**
 * Returns the same socket to every component that asks for the same key. @param owner the object whose lifetime bounds
 * the sockets'
 */
function useShared<Socket extends Live>(owner: object, key: string, create: () => Socket): Socket {
  const entry = useMemo(() => {
    const sockets = shared.get(owner) ?? new Map<string, Shared>();
    shared.set(owner, sockets);
    const known = sockets.get(key) ?? { socket: create(), users: 0, closing: undefined };
    sockets.set(key, known);
    return known;
    // Owner and key determine the result of `create`.
  }, [owner, key]);
  useEffect(() => {
    clearTimeout(entry.closing);
    shared.get(owner)?.set(key, entry);
    if (entry.users++ === 0) entry.socket.open();
    return () => {
      if (--entry.users > 0) return;
      entry.closing = setTimeout(() => {
        entry.socket.close();
        shared.get(owner)?.delete(key);
      }, LINGER_MS);
    };
  }, [owner, key, entry]);
  return entry.socket as Socket;
}

const useObservable = <Value>({ subscribe, get }: Observable<Value>): Value =>
  useSyncExternalStore(subscribe, get, get);

/** The result of `useTimers`: state and commands. */
export interface LiveTimers extends TimersState, Pick<TimerSocket, 'start' | 'pause' | 'resume' | 'stop' | 'cancel'> {
  /** For less common calls: `on`, `followShared`, `sync`. */
  readonly socket: TimerSocket;
}

/** The user's timers, live. All components share one connection, which is open while any of them is mounted. */
export function useTimers(metronome: Metronome, options: TimerSocketOptions = {}): LiveTimers {
  // A new sign-in may be another user.
  const account = useObservable(metronome.auth.account);
  const key = JSON.stringify(['timers', options.timezone, options.dialect]);
  const socket = useShared(account, key, () => metronome.timerSocket(options));
  const state = useObservable(socket.state);
  const commands = useMemo(() => commandsOf(socket, ['start', 'pause', 'resume', 'stop', 'cancel']), [socket]);
  return { ...state, ...commands };
}

/** Binds commands to their socket, so that they can be passed on alone. */
function commandsOf<Socket extends object, Name extends keyof Socket>(socket: Socket, names: readonly Name[]) {
  const bound = names.map((name) => [name, (socket[name] as () => unknown).bind(socket)]);
  return { socket, ...(Object.fromEntries(bound) as Pick<Socket, Name>) };
}

/** The result of `useRoom`: state and commands. */
export interface LiveRoom extends RoomState, Pick<RoomSocket, 'start' | 'pause' | 'resume' | 'reset'> {
  /** For less common calls: `on('timer.completed', …)`. */
  readonly socket: RoomSocket;
}

/** A room, live. The user is present while a component shows it. */
export function useRoom(metronome: Metronome, roomId: string, options: RoomSocketOptions = {}): LiveRoom {
  const account = useObservable(metronome.auth.account);
  const { name, hostToken, me, dialect } = options;
  const key = JSON.stringify(['room', roomId, name, hostToken, me, dialect]);
  const socket = useShared(account, key, () => metronome.roomSocket(roomId, options));
  const state = useObservable(socket.state);
  const commands = useMemo(() => commandsOf(socket, ['start', 'pause', 'resume', 'reset']), [socket]);
  return { ...state, ...commands };
}

/**
 * The server's clock for displays: the component renders again at every whole second of it.
 * @returns milliseconds, for `elapsedAt` and `remainingAt`
 */
export function useNow(metronome: Metronome): number {
  const [now, setNow] = useState(() => metronome.clock.now());
  useEffect(() => {
    let next: ReturnType<typeof setTimeout>;
    const tick = (): void => {
      const current = metronome.clock.now();
      setNow(current);
      // Slightly after the second, so that an early timeout does not show the previous one.
      next = setTimeout(tick, 1_000 - (current % 1_000) + 5);
    };
    tick();
    return () => {
      clearTimeout(next);
    };
  }, [metronome]);
  return now;
}
