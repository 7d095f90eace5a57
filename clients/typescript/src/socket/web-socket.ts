/** The fields of a socket's events that this package uses. */
export interface SocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
}

/** The parts of a WebSocket that this package uses: browsers, Node 22 and later, and the package `ws` have them. */
export interface SocketLike {
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void;
  send(text: string): void;
  close(code?: number): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** @throws Error on a platform without one: Node 20 needs the one from `ws` */
export function webSocketOf(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const found = given ?? (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket;
  if (found === undefined) {
    throw new Error("There is no WebSocket here: give Metronome one, such as { WebSocket } of the package 'ws'");
  }
  return found;
}
