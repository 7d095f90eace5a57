import type { IncomingMessage } from 'node:http';

import type { TimeZone } from '../common/time/time-zone.js';
import type { Identity } from '../identity/bearer/identity.js';
import type { Connection } from './connection/connection.js';
import type { ClientCommand, Endpoint as EndpointKind } from './messages.js';

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

/** Who was let in. */
export interface Admission {
  /** Null for people without an account. */
  readonly identity: Identity | null;
  /** The subprotocol to echo; the token's own when none is named. */
  readonly protocol?: string;
  readonly zone: TimeZone;
  /** Open connections are counted by this, and how many it may have. */
  readonly countedBy: { readonly key: string; readonly max: number } | undefined;
  /** The handshake came to nothing after all: gives back what the admission took. */
  readonly withdraw?: () => void;
  /** What the endpoint wants to know of the connection later. */
  readonly state: unknown;
}

/** Codes of an endpoint for what goes wrong on any socket (realtime.md, the table of errors). */
export interface EndpointCodes {
  readonly rateLimited: string;
  readonly unavailable: string;
  readonly unexpected: string;
}

/**
 * What a generation registers with the socket layer: who may enter, what a newcomer is told, and what a command does.
 * Failures of {@link admit} are answered as HTTP in the error envelope of the path.
 */
export interface SocketEndpoint {
  readonly kind: EndpointKind;
  /** `/ws/room/:room_id` */
  readonly path: string;
  readonly codes: EndpointCodes;
  /** @throws a Failure when the handshake is to be refused */
  admit(handshake: Handshake): Promise<Admission>;
  /** Subscribes and tells the state; what happens meanwhile is held back until it is told. */
  welcome(connection: Connection): Promise<void>;
  /** Carries a command out and answers it. @throws what {@link errorOf} words */
  handle(connection: Connection, command: ClientCommand): Promise<void>;
  /** @returns the code and text of a refusal; undefined for what is unexpected */
  errorOf(error: unknown, command: ClientCommand): { code: string; message: string } | undefined;
  /** The connection is gone. */
  leave(connection: Connection): void;
}
