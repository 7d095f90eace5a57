/** What an attacker does, as data: it is worked out by the benchmark and done by a process of its own. */
export type Load = Requests | Frames | Handshakes | PlainConnections | MassDisconnect;

/** One HTTP request. */
export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Requests at a steady rate, whatever becomes of those before. */
export interface Requests {
  readonly kind: 'requests';
  readonly perSecond: number;
  /** Sent in turn. */
  readonly calls: readonly HttpCall[];
}

/** Frames at a steady rate over sockets that are open beforehand, one socket after the other. */
export interface Frames {
  readonly kind: 'frames';
  readonly perSecond: number;
  /** Paths and queries of the sockets. */
  readonly sockets: readonly string[];
  /** Sent in turn. */
  readonly texts: readonly string[];
  /** Whether what the server sends is read. */
  readonly reads: boolean;
}

/** New sockets at a steady rate; they stay open to the end of the slot. */
export interface Handshakes {
  readonly kind: 'handshakes';
  readonly perSecond: number;
  readonly path: string;
}

/** TCP connections that send nothing and stay open to the end of the slot. */
export interface PlainConnections {
  readonly kind: 'connections';
  readonly perSecond: number;
}

/** Sockets from several addresses that are open beforehand and all cut at the beginning of what is measured. */
export interface MassDisconnect {
  readonly kind: 'cut';
  readonly sockets: readonly string[];
  /** The control keeps them open for as long and sends harmless requests at this rate. */
  readonly instead?: Requests;
}

/** What the attacker is asked: get ready, do it, then clear up. */
export type AttackerJob =
  | { readonly kind: 'prepare'; readonly port: number; readonly address: string; readonly load: Load }
  | { readonly kind: 'attack'; readonly forMs: number; readonly warmUpMs: number }
  | { readonly kind: 'clear' };

/** How often it was answered with what: HTTP statuses, `cut` for a connection that the server ended. */
export type Answers = Readonly<Record<string, number>>;
