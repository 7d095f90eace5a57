import { MetronomeError } from '../metronome-error.js';
import type { Rooms } from '../rooms.js';
import { type Observable, Store } from '../store.js';
import type { Joined, Person, Room, RoomTimer, SessionType } from '../types.js';
import { Events, type MessageListener } from './events.js';
import { type Address, type CommandOptions, type Endpoint, Line } from './line.js';
import type {
  CommandType,
  Dialect,
  ServerMessage,
  ServerMessages,
  ServerMessageType,
  SocketState,
} from './messages.js';
import { bearer, signedOut, type SocketContext, socketUrl } from './timer-socket.js';

export interface RoomSocketOptions {
  /** 1 to 50 characters. Without it and without an account one is `Guest-…`, another one with each connection. */
  readonly name?: string;
  /** What creating the room gave; a browser on the server's own origin has a cookie and needs none. */
  readonly hostToken?: string;
  /** What {@link RoomState.me} was in an earlier visit: the same person comes back. */
  readonly me?: Joined;
  readonly dialect?: Dialect;
}

export interface RoomState extends SocketState {
  readonly timer: RoomTimer | null;
  /** Everybody who is here, oneself included. */
  readonly participants: readonly Person[];
  /** Its settings; null until they are known. */
  readonly room: Room | null;
  /** Who one is here, when a name was given. */
  readonly me: Joined | null;
}

export interface RoomSocketContext extends SocketContext {
  readonly rooms: Rooms;
}

const NOBODY: RoomState = { status: 'closed', error: null, timer: null, participants: [], room: null, me: null };

/** A room as it is now, for everybody in it alike (rooms.md, "Socket"). */
export class RoomSocket {
  private readonly line: Line;
  private readonly events = new Events();
  private readonly store = new Store<RoomState>(NOBODY);
  private refusals = 0;

  readonly state: Observable<RoomState> = this.store;

  constructor(
    private readonly context: RoomSocketContext,
    readonly roomId: string,
    private readonly options: RoomSocketOptions = {},
  ) {
    const { auth } = context;
    this.know({ me: options.me ?? null });
    this.line = new Line(this.endpoint(), { ...context, renew: (refused) => auth.fresh(refused) });
    this.line.state.subscribe((state) => {
      this.know(state);
    });
  }

  /** Enters the room, and stays until {@link close}. */
  open(): this {
    this.line.open();
    return this;
  }

  close(): void {
    this.line.close();
  }

  /** Resolves when one is in the room. @throws MetronomeError when it is closed, or cannot be entered */
  ready(): Promise<void> {
    return this.line.ready();
  }

  /** Hears every message of a type, `(payload, message)`, after it has been merged. @returns a function that ends it */
  on<Type extends ServerMessageType>(type: Type, listener: MessageListener<Type>): () => void {
    return this.events.on(type, listener);
  }

  /** @throws MetronomeError TIMER_ALREADY_RUNNING, and as all of these `Line.command`'s */
  start(sessionType: SessionType = 'work', options?: CommandOptions): Promise<RoomTimer> {
    return this.control('timer.start', { session_type: sessionType }, options);
  }

  pause(options?: CommandOptions): Promise<RoomTimer> {
    return this.control('timer.pause', {}, options);
  }

  resume(options?: CommandOptions): Promise<RoomTimer> {
    return this.control('timer.resume', {}, options);
  }

  reset(options?: CommandOptions): Promise<RoomTimer> {
    return this.control('timer.reset', {}, options);
  }

  private async control(type: CommandType, payload: object, options?: CommandOptions): Promise<RoomTimer> {
    return ((await this.line.command(type, payload, options)) as ServerMessage<'room.timer'>).payload.timer;
  }

  private endpoint(): Endpoint {
    return {
      dialect: this.options.dialect ?? 'action-event',
      address: (_, refused) => this.address(refused),
      diagnose: () => this.diagnose(),
      hear: (message) => {
        this.merge(message);
        this.events.tell(message);
      },
      isWelcome: ({ type }) => type === 'room.participants',
      welcomed: (since) => {
        this.refusals = 0;
        if (since !== null) this.line.command('timer.sync', { since }).catch(() => undefined);
        this.readRoom().catch(() => undefined);
      },
    };
  }

  private async address(refused: string | undefined): Promise<Address> {
    const { auth, http } = this.context;
    const { hostToken, dialect } = this.options;
    const token = await auth.fresh(refused);
    if (token === undefined && refused !== undefined) throw signedOut();
    await this.join();
    const { me } = this.store.get();
    const name = this.options.name?.trim() || undefined;
    const protocols = [
      ...bearer(token),
      ...(hostToken === undefined ? [] : [`host.${hostToken}`]),
      // An account is the same person in all of its tabs, and needs no token of the room.
      ...(me === null || token !== undefined ? [] : [`participant.${me.participant_token}`]),
    ];
    return {
      url: socketUrl(http.url, `/ws/room/${encodeURIComponent(this.roomId)}`, { name, dialect }),
      protocols,
      token,
    };
  }

  /** A lasting identity, so that whoever is cut off comes back as the same person. */
  private async join(): Promise<void> {
    const { name, hostToken } = this.options;
    if (this.store.get().me !== null || !name?.trim()) return;
    const me = await this.context.rooms.join(this.roomId, name.trim(), hostToken === undefined ? {} : { hostToken });
    this.know({ me });
  }

  private async diagnose(): Promise<MetronomeError | null> {
    const room = await this.context.rooms.get(this.roomId);
    this.know({ room });
    if (room.current_participants >= room.max_participants) return roomFull(room);
    // Tokens of a room are forgotten after a day without a socket.
    if (++this.refusals > 1) this.know({ me: null });
    return null;
  }

  private async readRoom(): Promise<void> {
    this.takeRoom(await this.context.rooms.get(this.roomId));
  }

  private merge(message: ServerMessage): void {
    switch (message.type) {
      case 'room.timer':
        this.takeTimer(message.payload.timer);
        break;
      case 'room.participants':
        this.know({ participants: message.payload.participants });
        break;
      case 'room.participant':
        this.takePerson(message.payload);
        break;
      case 'room.updated':
        this.takeRoom(message.payload.room);
        break;
    }
  }

  private takeTimer(timer: RoomTimer): void {
    if (timer.revision >= (this.store.get().timer?.revision ?? 0)) this.know({ timer });
  }

  private takeRoom(room: Room): void {
    const known = this.store.get().room?.timer_state.revision ?? 0;
    if (room.timer_state.revision >= known) this.know({ room });
    this.takeTimer(room.timer_state);
  }

  private takePerson({ action, participant }: ServerMessages['room.participant']): void {
    const others = this.store.get().participants.filter(({ id }) => id !== participant.id);
    this.know({ participants: action === 'joined' ? [...others, participant] : others });
  }

  private know(news: Partial<RoomState>): void {
    this.store.set({ ...this.store.get(), ...news });
  }
}

const roomFull = ({ max_participants: max }: Room): MetronomeError =>
  new MetronomeError({ status: 409, code: 'MAX_PARTICIPANTS_REACHED', message: `Room is full (${max} participants)` });
