import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Audience } from '../../access/audience.js';
import { FRIENDSHIP_CHANGED } from '../../access/friendship.js';
import { Failure } from '../../common/errors.js';
import { Origins } from '../../common/http/origins.js';
import { describeError } from '../../common/logging/describe-error.js';
import { NAIVE_UTC, parseTimeZone, type TimeZone, UTC } from '../../common/time/time-zone.js';
import { InvalidRequestError } from '../../common/validation/problem.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { InvalidAccessTokenError } from '../../identity/access-tokens/invalid-access-token.js';
import { ForeignOriginError } from '../../identity/bearer/authenticated.js';
import { BearerIdentities } from '../../identity/bearer/bearer-identities.js';
import type { Identity } from '../../identity/bearer/identity.js';
import { OpenMode } from '../../identity/bearer/open-mode.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../../idempotency/errors.js';
import { SocketServer } from '../../realtime/adapter/socket-server.js';
import type { Connection } from '../../realtime/connection/connection.js';
import { parseChangeId } from '../../realtime/change-id.js';
import type { Admission, Handshake, SocketEndpoint } from '../../realtime/endpoint.js';
import { Hub } from '../../realtime/hub/hub.js';
import type { ClientCommand } from '../../realtime/messages.js';
import { Speaker } from '../../realtime/speaker.js';
import type { StoredEventBodies } from '../../signals/stored-events.js';
import { Signals } from '../../signals/signals.js';
import { TimerRefusal } from '../../timer-domain/rules/refusal.js';
import { refusalError } from '../http/timer-refusals.js';
import { PersonalChanges } from './personal-changes.js';
import { PersonalCommands } from './personal-commands.js';
import { activityTopic, userTopic } from '../../signals/topics.js';
import { Following, userOf } from './personal-connections.js';
import { PersonalSync } from './personal-sync.js';
import { Viewers } from './viewers.js';

const FAILED: Partial<Record<ClientCommand['type'], string>> = {
  start: 'CREATE_FAILED',
  pause: 'PAUSE_FAILED',
  resume: 'RESUME_FAILED',
  stop: 'STOP_FAILED',
  cancel: 'CANCEL_FAILED',
  sync: 'SYNC_FAILED',
};

/** The socket of a person's devices (realtime.md, `/v1/ws/timers`). */
@Injectable()
export class PersonalEndpoint implements SocketEndpoint, OnModuleInit {
  readonly kind = 'personal';
  readonly path = '/v1/ws/timers';
  readonly codes = {
    rateLimited: 'RATE_LIMIT_EXCEEDED',
    unavailable: 'SERVICE_UNAVAILABLE',
    unexpected: 'HANDLER_ERROR',
  };

  private readonly logger = new Logger(PersonalEndpoint.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly sockets: SocketServer,
    private readonly hub: Hub,
    private readonly speaker: Speaker,
    private readonly identities: BearerIdentities,
    private readonly openMode: OpenMode,
    private readonly origins: Origins,
    private readonly audience: Audience,
    private readonly commands: PersonalCommands,
    private readonly sync: PersonalSync,
    private readonly changes: PersonalChanges,
    private readonly viewers: Viewers,
    private readonly signals: Signals,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.sockets.register(this);
    this.signals.subscribe((signal) => {
      if (signal.kind === FRIENDSHIP_CHANGED) this.friendshipChanged(signal.body);
    });
  }

  /** @throws InvalidAccessTokenError */
  async admit(handshake: Handshake): Promise<Admission> {
    const identity = await this.identify(handshake);
    // Identities are remembered, so that they do not show whether there is a database to tell the state from.
    await this.dataSource.query('SELECT 1');
    return {
      identity,
      zone: this.zoneOf(handshake),
      countedBy: { key: `user:${identity.userId}`, max: this.settings.sockets.maxPerUser },
      state: new Opened(handshake.query.get('since')),
    };
  }

  async welcome(connection: Connection): Promise<void> {
    const userId = userOf(connection);
    this.hub.subscribe(connection, userTopic(userId));
    const { friendIds } = await this.audience.friendsHearingOf(userId);
    const { since, parted } = connection.state as Opened;
    for (const friendId of friendIds) {
      if (!parted.has(friendId)) this.hub.subscribe(connection, activityTopic(friendId));
    }
    // Whoever is cut off before what they missed is told has to ask for it again, so the old mark stays.
    const changeId = parseChangeId(since) && since ? since : this.changes.changeId();
    this.speaker.tell(connection, { type: 'connected', userId, message: 'Connected to timer WebSocket' }, changeId);
    await (since === null ? this.sync.active(connection) : this.sync.resume(connection, since));
  }

  async handle(connection: Connection, command: ClientCommand): Promise<void> {
    if (command.type === 'sync') await this.sync.answer(connection, command);
    else await this.commands.carryOut(connection, command);
  }

  errorOf(error: unknown, command: ClientCommand): { code: string; message: string } | undefined {
    if (error instanceof IdempotencyKeyReusedError || error instanceof IdempotencyKeyInUseError)
      return { code: error.code, message: error.message };
    const code = FAILED[command.type];
    if (code === undefined) return undefined;
    if (error instanceof TimerRefusal)
      return { code, message: refusalError(error, command.type)?.message ?? error.message };
    if (error instanceof InvalidRequestError) return { code, message: textOf(error) };
    return error instanceof Failure ? { code, message: error.message } : undefined;
  }

  leave(connection: Connection): void {
    this.hub.remove(connection);
  }

  private async identify({ token, request, address }: Handshake): Promise<Identity> {
    // An empty one is none here: the class of the guide of 2026-01-28 cannot leave it out (v1.md 3.3).
    if (token !== undefined && !(token === '' && this.openMode.enabled))
      return this.identities.identify(token, address);
    if (!this.openMode.enabled) throw new InvalidAccessTokenError('Authorization header missing');
    if (!this.origins.isOwnName(request)) throw new ForeignOriginError();
    return this.openMode.identity;
  }

  /** An invalid one counts as not given: a socket has nobody to tell (realtime.md). */
  private zoneOf({ query }: Handshake): TimeZone {
    const named = query.get('timezone') ?? '';
    const zone = named === '' ? undefined : parseTimeZone(named);
    return zone ?? (this.settings.sockets.naiveUtc ? NAIVE_UTC : UTC);
  }

  /** Who hears of whom, and who sees what, changes on open sockets at once. */
  private friendshipChanged(body: StoredEventBodies['friendship.changed']): void {
    const [one, other] = body.user_ids;
    const isFriend = body.status === 'accepted';
    for (const [listener, friend] of [
      [one, other],
      [other, one],
    ] as const) {
      for (const connection of this.hub.listenersOf(userTopic(listener))) {
        if (isFriend) this.befriend(connection, friend);
        else this.part(connection, friend);
      }
    }
    if (!isFriend) void this.recheck([one, other]);
  }

  private befriend(connection: Connection, friendId: string): void {
    (connection.state as Opened).parted.delete(friendId);
    this.hub.subscribe(connection, activityTopic(friendId));
  }

  private part(connection: Connection, friendId: string): void {
    (connection.state as Opened).parted.add(friendId);
    this.hub.unsubscribe(connection, activityTopic(friendId));
  }

  private async recheck(userIds: readonly string[]): Promise<void> {
    try {
      await this.viewers.recheck(userIds);
    } catch (error) {
      this.logger.warn({ msg: 'viewers could not be checked', ...describeError(error) });
    }
  }
}

/** A connection of this endpoint: what it follows, and from where it reads on. */
class Opened extends Following {
  /** Who is no friend any more: what the newcomer's list of friends says may be older. */
  readonly parted = new Set<string>();

  constructor(readonly since: string | null) {
    super();
  }
}

/** The first problem, as one line. */
function textOf({ problems: [problem] }: InvalidRequestError): string {
  const where = problem?.loc.slice(1).join('.') ?? '';
  return where === '' ? (problem?.msg ?? 'Invalid payload') : `${where}: ${problem?.msg ?? ''}`;
}
