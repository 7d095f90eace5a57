import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

import type { TimeZone } from '../../common/time/time-zone.js';
import type { Identity } from '../../identity/bearer/identity.js';
import type { Connection } from '../connection/connection.js';
import type { Endpoint } from '../messages.js';
import { pathPattern } from './path-pattern.js';

/** A handshake that has not been answered yet. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** What the path's `:parts` stand for, as sent. */
  readonly params: Readonly<Record<string, string>>;
  /** Values of `Sec-WebSocket-Protocol`. */
  readonly protocols: readonly string[];
  /** The peer's, or the hop that `TRUST_PROXY` allows. */
  readonly address: string;
  /** Shown as `?token=` or as the subprotocol `authorization.bearer.<jwt>`. */
  readonly token: string | undefined;
}

/** What a gateway lets a handshake in with. */
export interface Admission {
  /** Null for people without an account. */
  readonly identity: Identity | null;
  /** The subprotocol to echo; the token's own when none is named. */
  readonly protocol?: string;
  readonly zone: TimeZone;
  /** Open connections are counted by this key, up to `max`. */
  readonly countedBy: { readonly key: string; readonly max: number } | undefined;
  /** The handshake came to nothing after all: releases what the admission holds. */
  readonly withdraw?: () => void;
  /** What the gateway keeps of the connection. */
  readonly state: unknown;
}

/** Codes of an endpoint for what goes wrong on any socket (docs/spec/sockets.md#the-personal-socket). */
export interface EndpointCodes {
  readonly rateLimited: string;
  readonly unavailable: string;
  readonly unexpected: string;
}

/** What the gateway of a path says of it. */
export interface EndpointRules {
  /** Which words and messages exist there. */
  readonly kind: Endpoint;
  readonly codes: EndpointCodes;
  /**
   * Decides on a handshake before it is accepted. Failures are answered as HTTP in the error envelope of the path.
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
  /** The `:parts` of a request's path; undefined when it is another path. */
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;

  /** @param path `/ws/room/:room_id` */
  constructor(readonly path: string) {
    super();
    this.match = pathPattern(path);
  }

  /** Called in `afterInit` by the gateway that answers for the path. */
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

  /** Where a connection keeps the handler of this pattern: patterns are kept here, since there are many connections. */
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
