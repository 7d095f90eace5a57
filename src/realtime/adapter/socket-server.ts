import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import proxyAddress from 'proxy-addr';
import { type WebSocket, WebSocketServer } from 'ws';

import { RouteNotFoundError, ServiceUnavailableError, TooManyRequestsError } from '../../common/errors.js';
import { ErrorEnvelopes } from '../../common/http/error-envelope.js';
import { Origins } from '../../common/http/origins.js';
import { describeError } from '../../common/logging/describe-error.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { ForeignOriginError } from '../../identity/bearer/authenticated.js';
import { handshakesRefused, sockets } from '../../metrics/meters.js';
import { networkOf } from '../../rate-limits/network.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { Connection } from '../connection/connection.js';
import { Conversations } from '../connection/conversations.js';
import { isDialect, NATIVE_DIALECT } from '../dialects/codec.js';
import type { Admission, Handshake, SocketEndpoint } from '../endpoint.js';
import type { Dialect } from '../messages.js';
import { type EndedMeanwhile, Revocations } from '../revocations.js';
import { refuse } from './handshake-refusal.js';
import { OpenConnections } from './open-connections.js';
import { pathPattern } from './path-pattern.js';
import { answerOrdinarily, asksForWebSocket } from './upgrades.js';

const MAX_FRAGMENTS = 64;
/** Handshakes of one address (realtime.md, "Limits"). */
const HANDSHAKES = { name: 'handshakes', points: 200, windowSeconds: 10 };
/** Connections of an address beyond its limit that are not closed at once: a handshake by them is answered with 429. */
const TOLD_WHY = 16;
/** A bearer token as a subprotocol, for browsers that cannot set headers. */
const BEARER_PROTOCOL = 'authorization.bearer.';
/** Request targets have no host of their own. */
const BASE = 'http://localhost';
/** Connections close spread over this, so that clients do not return all at once. */
const DRAIN_MS = 3_000;

interface Route {
  readonly endpoint: SocketEndpoint;
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
}

/** A handshake that may become a connection, and what has to be given back when it does not. */
interface Opening {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
  readonly route: Route;
  readonly handshake: Handshake;
  readonly dialect: Dialect;
  readonly admission: Admission;
}

/**
 * Opens sockets: whoever may not enter is refused before the handshake is accepted, with an HTTP status and the error
 * body of the endpoint (realtime.md, "Both").
 */
@Injectable()
export class SocketServer {
  private readonly logger = new Logger(SocketServer.name);
  private readonly routes: Route[] = [];
  private readonly open = new OpenConnections();
  /** Streams that have a place of their address from their beginning to their end, and whether it is within the limit. */
  private readonly counted = new WeakMap<Duplex, boolean>();
  private readonly connections = new Set<Connection>();
  private readonly server: WebSocketServer;
  /** The subprotocol that each handshake under way is answered with. */
  private readonly protocols = new WeakMap<IncomingMessage, string>();
  private draining = false;

  constructor(
    private readonly envelopes: ErrorEnvelopes,
    private readonly limits: RateLimits,
    private readonly conversations: Conversations,
    private readonly revocations: Revocations,
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
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

  register(endpoint: SocketEndpoint): void {
    this.routes.push({ endpoint, match: pathPattern(endpoint.path) });
  }

  /** Listens for handshakes on the HTTP server. */
  attach(server: Server): void {
    server.prependListener('connection', (stream: Socket) => {
      this.countPlain(stream);
    });
    server.on('upgrade', (request, stream, head) => {
      if (!asksForWebSocket(request)) answerOrdinarily(server, request, stream, head);
      else void this.upgrade(request, stream, head);
    });
  }

  /**
   * Every open connection of a peer counts, whatever is said on it; beyond the limit it is closed at once, but for a few,
   * whose handshakes are told why. A trusted proxy has its clients' connections: of these only sockets can be told apart.
   */
  private countPlain(stream: Socket): void {
    const { remoteAddress = '' } = stream;
    // A connection is handed over once more when it asks for a protocol that we do not speak.
    if (this.counted.has(stream) || this.origins.trusts(remoteAddress, 0)) return;
    const address = addressKey(networkOf(remoteAddress));
    const isWithin = this.open.take(address, this.maxPerAddress);
    if (!isWithin && !this.open.take(address, this.maxPerAddress + TOLD_WHY)) {
      stream.destroy();
      return;
    }
    this.counted.set(stream, isWithin);
    stream.once('close', () => {
      this.open.release(address);
    });
  }

  private get maxPerAddress(): number {
    return this.settings.rateLimits.enabled ? this.settings.sockets.maxPerAddress : Infinity;
  }

  /** Whether a socket is to be had at this path. */
  hasEndpointAt(path: string): boolean {
    return this.routeOf(path) !== undefined;
  }

  /** From now on a handshake is answered with 503. */
  refuseNewcomers(): void {
    this.draining = true;
  }

  /** Takes nobody in any more, lets commands under way be answered, then says goodbye to everybody, spread over a while. */
  async drain(): Promise<void> {
    this.refuseNewcomers();
    await this.conversations.settled();
    const connections = [...this.connections];
    const spread = Math.min(DRAIN_MS, connections.length * 5);
    await Promise.all(
      connections.map((connection, index) => this.dismiss(connection, (spread * index) / connections.length)),
    );
    // Their places are given up while there is a database to write it to.
    await this.conversations.settled();
  }

  private async dismiss(connection: Connection, afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    connection.close(1001, 'server stops');
    await connection.closed;
  }

  private async upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => stream.destroy());
    const url = urlOf(request);
    const origin = this.origins.allowedOf(request);
    const ended = this.revocations.collect();
    try {
      const opening = await this.admit(request, stream, head, url);
      if (opening) this.accept(opening, ended);
    } catch (error) {
      const status = refuse(this.envelopes, request, stream, url.pathname, error, origin);
      const route = this.routeOf(url.pathname)?.route.endpoint.path ?? null;
      handshakesRefused.inc({ status: String(status) });
      this.logger.debug({ msg: 'handshake refused', route, status });
      if (status === 500) this.logger.error({ msg: 'unexpected error', ...describeError(error) });
    } finally {
      ended.stop();
    }
  }

  /** @returns undefined when the peer has gone meanwhile; @throws whatever the handshake is refused for */
  private async admit(request: IncomingMessage, stream: Duplex, head: Buffer, url: URL): Promise<Opening | undefined> {
    const found = this.routeOf(url.pathname);
    if (found === undefined) throw new RouteNotFoundError();
    this.refuseWhileDraining();
    const handshake = this.handshakeOf(request, url, found.params);
    await this.limits.admit(HANDSHAKES, handshake.address);
    if (this.origins.isForeign(request)) throw new ForeignOriginError();
    const dialect = dialectOf(handshake, found.route.endpoint);
    const admission = await found.route.endpoint.admit(handshake);
    const opening = { request, stream, head, route: found.route, handshake, dialect, admission };
    this.takePlaces(opening);
    if (!stream.destroyed && !this.isDraining()) return opening;
    this.giveBack(opening);
    this.refuseWhileDraining();
    return undefined;
  }

  private isDraining(): boolean {
    return this.draining;
  }

  /** @throws ServiceUnavailableError */
  private refuseWhileDraining(): void {
    if (this.draining) throw new ServiceUnavailableError();
  }

  /**
   * From here to the watch over the connection nothing waits, so no end of a session goes unseen.
   * @throws InvalidAccessTokenError when the session or the account has ended since it was looked up;
   * ServiceUnavailableError when that cannot be known
   */
  private accept(opening: Opening, ended: EndedMeanwhile): void {
    const { request, stream, head, admission, handshake } = opening;
    if (ended.hasGap || ended.includes(admission.identity)) {
      this.giveBack(opening);
      throw ended.hasGap ? new ServiceUnavailableError() : new InvalidAccessTokenError('Invalid token: revoked');
    }
    const protocol = admission.protocol ?? bearerProtocolOf(handshake.protocols);
    if (protocol !== undefined) this.protocols.set(request, protocol);
    this.server.handleUpgrade(request, stream, head, (socket) => {
      this.begin(socket, opening);
    });
    // The library ends a handshake that is none by itself.
    if (stream.destroyed || stream.writableEnded) this.giveBack(opening);
  }

  private begin(socket: WebSocket, opening: Opening): void {
    const { stream, route, dialect, admission, handshake } = opening;
    const connection = new Connection(
      socket,
      stream,
      route.endpoint,
      dialect,
      admission,
      handshake.address,
      (expiring) => {
        this.conversations.warnOfExpiry(expiring);
      },
    );
    this.connections.add(connection);
    const labels = { endpoint: route.endpoint.kind, dialect };
    sockets.inc(labels);
    socket.on('close', () => {
      this.connections.delete(connection);
      sockets.dec(labels);
      connection.ended();
      route.endpoint.leave(connection);
      this.release(opening);
    });
    this.conversations.start(connection, socket);
  }

  private routeOf(path: string): { route: Route; params: Readonly<Record<string, string>> } | undefined {
    for (const route of this.routes) {
      const params = route.match(path);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  }

  private handshakeOf(request: IncomingMessage, url: URL, params: Readonly<Record<string, string>>): Handshake {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((protocol) => protocol.trim())
      .filter((protocol) => protocol !== '');
    const bearer = bearerProtocolOf(protocols)?.slice(BEARER_PROTOCOL.length);
    const token = bearer ?? url.searchParams.get('token') ?? undefined;
    return {
      request,
      query: url.searchParams,
      params,
      protocols,
      address: networkOf(proxyAddress(request, this.origins.trusts)),
      token,
    };
  }

  /** @throws TooManyRequestsError */
  private takePlaces(opening: Opening): void {
    const { admission } = opening;
    const { enabled } = this.settings.rateLimits;
    const counted = admission.countedBy;
    const allowed = this.takePlaceOfAddress(opening);
    if (allowed && (counted === undefined || this.open.take(counted.key, enabled ? counted.max : Infinity))) return;
    if (allowed) this.releaseOfAddress(opening);
    admission.withdraw?.();
    throw new TooManyRequestsError(1);
  }

  /** A connection that was counted when it came is not counted as a socket, too. */
  private takePlaceOfAddress({ stream, handshake }: Opening): boolean {
    return this.counted.get(stream) ?? this.open.take(addressKey(handshake.address), this.maxPerAddress);
  }

  private releaseOfAddress({ stream, handshake }: Opening): void {
    if (!this.counted.has(stream)) this.open.release(addressKey(handshake.address));
  }

  private release(opening: Opening): void {
    const { countedBy } = opening.admission;
    this.releaseOfAddress(opening);
    if (countedBy) this.open.release(countedBy.key);
  }

  private giveBack(opening: Opening): void {
    this.release(opening);
    opening.admission.withdraw?.();
  }
}

/** What is no URL names no route either. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  return URL.canParse(url, BASE) ? new URL(url, BASE) : new URL(BASE);
}

const addressKey = (address: string): string => `address:${address}`;

const bearerProtocolOf = (protocols: readonly string[]): string | undefined =>
  protocols.find((protocol) => protocol.startsWith(BEARER_PROTOCOL));

/** @throws InvalidRequestError for an unknown one */
function dialectOf({ query }: Handshake, { kind }: SocketEndpoint): Dialect {
  const named = query.get('dialect');
  if (named === null || named === '') return NATIVE_DIALECT[kind];
  if (isDialect(named)) return named;
  const expected = `'type-payload' or 'action-event'`;
  throw new InvalidRequestError([
    { type: 'enum', loc: ['query', 'dialect'], msg: `Input should be ${expected}`, input: named, ctx: { expected } },
  ]);
}
