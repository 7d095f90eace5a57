import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import proxyAddress from 'proxy-addr';
import { type WebSocket, WebSocketServer } from 'ws';

import { ServiceUnavailableError } from '../../common/errors.js';
import { ErrorEnvelopes } from '../../common/http/error-envelope.js';
import { Origins } from '../../common/http/origins.js';
import { describeError } from '../../common/logging/describe-error.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { ForeignOriginError } from '../../identity/bearer/authenticated.js';
import { handshakesRefused } from '../../metrics/meters.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { isDialect, NATIVE_DIALECT } from '../dialects/codec.js';
import type { Dialect } from '../messages.js';
import { type EndedMeanwhile, Revocations } from '../revocations.js';
import { ConnectionQuota } from './connection-quota.js';
import { refuse } from './handshake-refusal.js';
import type { Admission, Handshake, SocketEndpoint } from './socket-endpoint.js';

const MAX_FRAGMENTS = 64;
/** Limit of handshakes per address (docs/spec/sockets.md#limits). */
const HANDSHAKES = { name: 'handshakes', points: 200, windowSeconds: 10 };
/** A bearer token as a subprotocol, for browsers that cannot set headers. */
const BEARER_PROTOCOL = 'authorization.bearer.';

/** A request to upgrade, as Node's HTTP server hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
  readonly url: URL;
}

/** An accepted handshake. */
export interface OpenedSocket {
  readonly socket: WebSocket;
  readonly stream: Duplex;
  readonly dialect: Dialect;
  readonly admission: Admission;
  /** The peer's network, which limits count as one address. */
  readonly address: string;
  /** Releases the quota of the socket; called when it has closed. */
  readonly release: () => void;
}

/** A handshake that its endpoint has admitted. */
interface Admitted extends Upgrade, Omit<OpenedSocket, 'socket'> {
  readonly protocol: string | undefined;
}

/**
 * Decides on handshakes before they are accepted. A refusal is an HTTP response with a status and the error body of
 * its path (docs/spec/sockets.md#handshake).
 */
@Injectable()
export class Handshakes {
  private readonly logger = new Logger(Handshakes.name);
  private readonly server: WebSocketServer;
  /** The subprotocol to select for each handshake in progress. */
  private readonly protocols = new WeakMap<IncomingMessage, string>();
  private refusing = false;

  constructor(
    private readonly envelopes: ErrorEnvelopes,
    private readonly limits: RateLimits,
    private readonly revocations: Revocations,
    private readonly origins: Origins,
    private readonly quota: ConnectionQuota,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: settings.sockets.maxFrameBytes,
      maxFragments: MAX_FRAGMENTS,
      clientTracking: false,
      handleProtocols: (_, request) => this.protocols.get(request) ?? false,
    });
  }

  /** Answers every further handshake with 503. */
  refuseAll(): void {
    this.refusing = true;
  }

  /**
   * Accepts a handshake if the endpoint admits it; otherwise sends the refusal.
   * @param onOpen gets the socket synchronously, before any of its frames is read
   */
  async open(upgrade: Upgrade, endpoint: SocketEndpoint, onOpen: (opened: OpenedSocket) => void): Promise<void> {
    const ended = this.revocations.collect();
    try {
      const admitted = await this.admit(upgrade, endpoint);
      if (admitted) this.accept(admitted, ended, onOpen);
    } catch (error) {
      this.refuse(upgrade, endpoint, error);
    } finally {
      ended.stop();
    }
  }

  /** Sends the refusal. @param endpoint undefined if the path has none */
  refuse({ request, stream, url }: Upgrade, endpoint: SocketEndpoint | undefined, error: unknown): void {
    const status = refuse(this.envelopes, request, stream, url.pathname, error, this.origins.allowedOf(request));
    handshakesRefused.inc({ status: String(status) });
    this.logger.debug({ msg: 'handshake refused', route: endpoint?.path ?? null, status });
    if (status === 500) this.logger.error({ msg: 'unexpected error', ...describeError(error) });
  }

  /** @returns undefined if the peer has disconnected in the meantime. @throws the reason for a refusal */
  private async admit(upgrade: Upgrade, endpoint: SocketEndpoint): Promise<Admitted | undefined> {
    const { request, stream, url } = upgrade;
    this.requireAccepting();
    const handshake = this.handshakeOf(request, url, endpoint);
    await this.limits.admit(HANDSHAKES, handshake.address);
    if (this.origins.isForeign(request)) throw new ForeignOriginError();
    const dialect = dialectOf(handshake, endpoint);
    const admission = await endpoint.admit(handshake);
    const release = this.enter(stream, handshake, admission);
    const protocol = admission.protocol ?? bearerProtocolOf(handshake.protocols);
    const admitted = { ...upgrade, dialect, admission, address: handshake.address, protocol, release };
    if (!stream.destroyed && !this.isRefusing()) return admitted;
    withdraw(admitted);
    this.requireAccepting();
    return undefined;
  }

  /** @throws TooManyRequestsError */
  private enter(stream: Duplex, { address }: Handshake, admission: Admission): () => void {
    try {
      return this.quota.enter(stream, address, admission.countedBy);
    } catch (error) {
      admission.withdraw?.();
      throw error;
    }
  }

  private isRefusing(): boolean {
    return this.refusing;
  }

  /** @throws ServiceUnavailableError */
  private requireAccepting(): void {
    if (this.refusing) throw new ServiceUnavailableError();
  }

  /**
   * Runs synchronously until `Revocations` watches the connection, so that no end of a session is missed.
   * @throws InvalidAccessTokenError if the session or account has ended since it was looked up
   * @throws ServiceUnavailableError if that is unknown, because stored events were missed
   */
  private accept(admitted: Admitted, ended: EndedMeanwhile, onOpen: (opened: OpenedSocket) => void): void {
    const { request, stream, head, dialect, admission, address, release, protocol } = admitted;
    if (ended.hasGap || ended.includes(admission.identity)) {
      withdraw(admitted);
      throw ended.hasGap ? new ServiceUnavailableError() : new InvalidAccessTokenError('Invalid token: revoked');
    }
    if (protocol !== undefined) this.protocols.set(request, protocol);
    this.server.handleUpgrade(request, stream, head, (socket) => {
      onOpen({ socket, stream, dialect, admission, address, release });
    });
    // `ws` has already rejected a malformed handshake.
    if (stream.destroyed || stream.writableEnded) withdraw(admitted);
  }

  private handshakeOf(request: IncomingMessage, url: URL, endpoint: SocketEndpoint): Handshake {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((protocol) => protocol.trim())
      .filter((protocol) => protocol !== '');
    const bearer = bearerProtocolOf(protocols)?.slice(BEARER_PROTOCOL.length);
    return {
      request,
      query: url.searchParams,
      params: endpoint.match(url.pathname) ?? {},
      protocols,
      address: networkOf(proxyAddress(request, this.origins.trusts)),
      token: bearer ?? url.searchParams.get('token') ?? undefined,
    };
  }
}

function withdraw({ admission, release }: Admitted): void {
  release();
  admission.withdraw?.();
}

const bearerProtocolOf = (protocols: readonly string[]): string | undefined =>
  protocols.find((protocol) => protocol.startsWith(BEARER_PROTOCOL));

/** @throws InvalidRequestError for an unknown dialect */
function dialectOf({ query }: Handshake, { kind }: SocketEndpoint): Dialect {
  const named = query.get('dialect');
  if (named === null || named === '') return NATIVE_DIALECT[kind];
  if (isDialect(named)) return named;
  const expected = `'type-payload' or 'action-event'`;
  throw new InvalidRequestError([
    { type: 'enum', loc: ['query', 'dialect'], msg: `Input should be ${expected}`, input: named, ctx: { expected } },
  ]);
}
