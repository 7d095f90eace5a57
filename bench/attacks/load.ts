/** What an attacker sends, as data that the attacker process carries out. */
export type Load = Requests | Frames | Handshakes | PlainConnections | MassDisconnect;

/** One HTTP request. */
export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Requests at a steady rate (open loop). */
export interface Requests {
  readonly kind: 'requests';
  readonly perSecond: number;
  /** Sent in turn. */
  readonly calls: readonly HttpCall[];
}

/** Frames at a steady rate over sockets that were opened before, in turn. */
export interface Frames {
  readonly kind: 'frames';
  readonly perSecond: number;
  /** Paths and queries of the sockets. */
  readonly sockets: readonly string[];
  /** Sent in turn. */
  readonly texts: readonly string[];
  /** Whether the attacker reads what the server sends. */
  readonly reads: boolean;
}

/** New sockets at a steady rate; they stay open until the slot ends. */
export interface Handshakes {
  readonly kind: 'handshakes';
  readonly perSecond: number;
  readonly path: string;
}

/** TCP connections that send nothing and stay open until the slot ends. */
export interface PlainConnections {
  readonly kind: 'connections';
  readonly perSecond: number;
}

/** Sockets from several addresses, opened before and terminated together when the measurement begins. */
export interface MassDisconnect {
  readonly kind: 'cut';
  readonly sockets: readonly string[];
  /** The control keeps the sockets open and sends these requests. */
  readonly instead?: Requests;
}

/** Jobs of the attacker process, in this order. */
export type AttackerJob =
  | { readonly kind: 'prepare'; readonly port: number; readonly address: string; readonly load: Load }
  | { readonly kind: 'attack'; readonly forMs: number; readonly warmUpMs: number }
  | { readonly kind: 'clear' };

/** Number of answers by HTTP status; `cut` counts connections that the server closed. */
export type Answers = Readonly<Record<string, number>>;
