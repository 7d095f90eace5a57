/** What a socket's events carry, as far as it is of use here. */
export interface SocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
}

/** What we need of a WebSocket: the browsers', Node's (from 22 on), and that of the package `ws`. */
export interface SocketLike {
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: SocketEvent) => void): void;
  send(text: string): void;
  close(code?: number): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** @throws Error where the platform has none: Node 20 needs one from `ws` */
export function webSocketOf(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const found = given ?? (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket;
  if (found === undefined) {
    throw new Error("There is no WebSocket here: give Metronome one, such as { WebSocket } of the package 'ws'");
  }
  return found;
}
