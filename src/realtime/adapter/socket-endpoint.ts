import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

import type { TimeZone } from '../../common/time/time-zone.js';
import type { Identity } from '../../identity/bearer/identity.js';
import type { Connection } from '../connection/connection.js';
import type { Endpoint } from '../messages.js';
import { pathPattern } from './path-pattern.js';

/** A handshake that has no response yet. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** Values of the path's `:parts`, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Values of `Sec-WebSocket-Protocol`. */
  readonly protocols: readonly string[];
  /** The network of the peer, or of the client behind the proxies that `TRUST_PROXY` names. */
  readonly address: string;
  /** The token, from `?token=` or the subprotocol `authorization.bearer.<jwt>`. */
  readonly token: string | undefined;
}

/** A gateway's decision to accept a handshake. */
export interface Admission {
  /** Null for callers without an account. */
  readonly identity: Identity | null;
  /** The subprotocol to echo; defaults to the one that carries the token. */
  readonly protocol?: string;
  readonly zone: TimeZone;
  /** The key by which open connections are counted, and the maximum for it. */
  readonly countedBy: { readonly key: string; readonly max: number } | undefined;
  /** Releases what the admission holds; called when the handshake fails after it. */
  readonly withdraw?: () => void;
  /** The gateway's own data for the connection. */
  readonly state: unknown;
}

/** Error codes of an endpoint for errors that are common to all sockets (docs/spec/sockets.md#the-personal-socket). */
export interface EndpointCodes {
  readonly rateLimited: string;
  readonly unavailable: string;
  readonly unexpected: string;
}

/** The rules that a gateway sets for its path. */
export interface EndpointRules {
  /** Determines which commands and messages the endpoint has. */
  readonly kind: Endpoint;
  readonly codes: EndpointCodes;
  /**
   * Decides on a handshake before it is accepted. A refusal is an HTTP response in the error envelope of the path.
   * @throws a Failure when the handshake is to be refused
   */
  readonly admit: (handshake: Handshake) => Promise<Admission>;
}

/**
 * The server of one path, which Nest hands to `afterInit` of the gateways there. It emits `connection` for each new
 * {@link Connection}, after its admission and its handshake.
 */
export class SocketEndpoint extends EventEmitter<{ connection: [Connection] }> {
  private rules: EndpointRules | undefined;
  private readonly slots = new Map<string, number>();
  /** Values of the `:parts` of a request's path; undefined if the path does not match. */
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;

  /** @param path a pattern such as `/ws/room/:room_id` */
  constructor(readonly path: string) {
    super();
    this.match = pathPattern(path);
  }

  /** Sets the rules; called in `afterInit` by the gateway responsible for the path. */
  open(rules: EndpointRules): void {
    this.rules = rules;
  }

  get kind(): Endpoint {
    return this.opened.kind;
  }

  get codes(): EndpointCodes {
    return this.opened.codes;
  }

  admit(handshake: Handshake): Promise<Admission> {
    return this.opened.admit(handshake);
  }

  /** The index of a pattern's handler in each connection. Patterns are stored once per endpoint to save memory. */
  slotOf(pattern: string): number {
    const known = this.slots.get(pattern);
    if (known !== undefined) return known;
    this.slots.set(pattern, this.slots.size);
    return this.slots.size - 1;
  }

  private get opened(): EndpointRules {
    if (this.rules === undefined) throw new Error(`no gateway has opened ${this.path}`);
    return this.rules;
  }
}
