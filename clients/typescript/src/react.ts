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

/** Between two pages that show the same, and while React tries effects twice, the connection stays. */
const LINGER_MS = 250;

/** The sockets of each client, by what they show. */
const shared = new WeakMap<object, Map<string, Shared>>();

/** The same socket for every component that asks for the same. @param owner whose it is; its sockets go with it */
function useShared<Socket extends Live>(owner: object, key: string, create: () => Socket): Socket {
  const entry = useMemo(() => {
    const sockets = shared.get(owner) ?? new Map<string, Shared>();
    shared.set(owner, sockets);
    const known = sockets.get(key) ?? { socket: create(), users: 0, closing: undefined };
    sockets.set(key, known);
    return known;
    // What `create` makes follows from owner and key.
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

/** What `useTimers` gives: the state, and what can be done. */
export interface LiveTimers extends TimersState, Pick<TimerSocket, 'start' | 'pause' | 'resume' | 'stop' | 'cancel'> {
  /** For what is done seldom: `on`, `followShared`, `sync`. */
  readonly socket: TimerSocket;
}

/** One's timers, live. All components share one connection, which is there while one of them is. */
export function useTimers(metronome: Metronome, options: TimerSocketOptions = {}): LiveTimers {
  // Another sign-in is another person, perhaps.
  const account = useObservable(metronome.auth.account);
  const key = JSON.stringify(['timers', options.timezone, options.dialect]);
  const socket = useShared(account, key, () => metronome.timerSocket(options));
  const state = useObservable(socket.state);
  const commands = useMemo(() => commandsOf(socket, ['start', 'pause', 'resume', 'stop', 'cancel']), [socket]);
  return { ...state, ...commands };
}

/** A socket and its commands, which may be handed on without it. */
function commandsOf<Socket extends object, Name extends keyof Socket>(socket: Socket, names: readonly Name[]) {
  const bound = names.map((name) => [name, (socket[name] as () => unknown).bind(socket)]);
  return { socket, ...(Object.fromEntries(bound) as Pick<Socket, Name>) };
}

/** What `useRoom` gives: the state, and what can be done. */
export interface LiveRoom extends RoomState, Pick<RoomSocket, 'start' | 'pause' | 'resume' | 'reset'> {
  /** For what is done seldom: `on('timer.completed', …)`. */
  readonly socket: RoomSocket;
}

/** A room, live. One is in it while a component shows it. */
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
 * The server's clock, for what counts: the component is rendered anew with every whole second of it.
 * @returns milliseconds, for `elapsedAt` and `remainingAt`
 */
export function useNow(metronome: Metronome): number {
  const [now, setNow] = useState(() => metronome.clock.now());
  useEffect(() => {
    let next: ReturnType<typeof setTimeout>;
    const tick = (): void => {
      const current = metronome.clock.now();
      setNow(current);
      // Slightly after the second, so that a timer that fires early does not show the one before.
      next = setTimeout(tick, 1_000 - (current % 1_000) + 5);
    };
    tick();
    return () => {
      clearTimeout(next);
    };
  }, [metronome]);
  return now;
}
