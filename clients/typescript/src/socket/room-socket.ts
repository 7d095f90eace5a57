import { MetronomeError } from '../metronome-error.js';
import type { Rooms } from '../rooms.js';
import { type Observable, Store } from '../store.js';
import type { Joined, Person, Room, RoomTimer, SessionType } from '../types.js';
import { Events, type MessageListener } from './events.js';
import { type Address, type CommandOptions, type Endpoint, Connection } from './connection.js';
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
  /** 1 to 50 characters. Without it and without an account, the name is `Guest-…`, a new one for each connection. */
  readonly name?: string;
  /** From creating the room; a browser on the server's own origin has a cookie instead. */
  readonly hostToken?: string;
  /** {@link RoomState.me} of an earlier visit, to return as the same participant. */
  readonly me?: Joined;
  readonly dialect?: Dialect;
}

export interface RoomState extends SocketState {
  readonly timer: RoomTimer | null;
  /** All present participants, including this one. */
  readonly participants: readonly Person[];
  /** The room's settings; null until they are known. */
  readonly room: Room | null;
  /** This participant, if a name was given. */
  readonly me: Joined | null;
}

export interface RoomSocketContext extends SocketContext {
  readonly rooms: Rooms;
}

const EMPTY: RoomState = { status: 'closed', error: null, timer: null, participants: [], room: null, me: null };

/** A room's live state, the same for every participant (docs/spec/rooms.md#socket). */
export class RoomSocket {
  readonly #connection: Connection;
  private readonly events = new Events();
  private readonly store = new Store<RoomState>(EMPTY);
  private refusals = 0;

  readonly state: Observable<RoomState> = this.store;

  constructor(
    private readonly context: RoomSocketContext,
    readonly roomId: string,
    private readonly options: RoomSocketOptions = {},
  ) {
    const { auth } = context;
    this.update({ me: options.me ?? null });
    this.#connection = new Connection(this.endpoint(), { ...context, renew: (refused) => auth.fresh(refused) });
    this.#connection.state.subscribe((state) => {
      this.update(state);
    });
  }

  /** Joins the room and stays until {@link close}. */
  open(): this {
    this.#connection.open();
    return this;
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Resolves when the participant has joined. @throws MetronomeError when the socket is closed or the room cannot be
   * joined
   */
  ready(): Promise<void> {
    return this.#connection.ready();
  }

  /**
   * Adds a listener for messages of a type: `(payload, message)`, after the state was updated. @returns a function that
   * removes it
   */
  on<Type extends ServerMessageType>(type: Type, listener: MessageListener<Type>): () => void {
    return this.events.on(type, listener);
  }

  /** @throws MetronomeError TIMER_ALREADY_RUNNING, and like all commands those of `Connection.command` */
  start(sessionType: SessionType = 'work', options?: CommandOptions): Promise<RoomTimer> {
    return this.send('timer.start', { session_type: sessionType }, options);
  }

  pause(options?: CommandOptions): Promise<RoomTimer> {
    return this.send('timer.pause', {}, options);
  }

  resume(options?: CommandOptions): Promise<RoomTimer> {
    return this.send('timer.resume', {}, options);
  }

  reset(options?: CommandOptions): Promise<RoomTimer> {
    return this.send('timer.reset', {}, options);
  }

  private async send(type: CommandType, payload: object, options?: CommandOptions): Promise<RoomTimer> {
    return ((await this.#connection.command(type, payload, options)) as ServerMessage<'room.timer'>).payload.timer;
  }

  private endpoint(): Endpoint {
    return {
      dialect: this.options.dialect ?? 'action-event',
      address: (_, refused) => this.address(refused),
      diagnose: () => this.diagnose(),
      onMessage: (message) => {
        this.merge(message);
        this.events.emit(message);
      },
      completesInitialState: ({ type }) => type === 'room.participants',
      onReady: (since) => {
        this.refusals = 0;
        if (since !== null) this.#connection.command('timer.sync', { since }).catch(() => undefined);
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
      // An account is the same participant in all of its tabs and needs no participant token.
      ...(me === null || token !== undefined ? [] : [`participant.${me.participant_token}`]),
    ];
    return {
      url: socketUrl(http.url, `/ws/room/${encodeURIComponent(this.roomId)}`, { name, dialect }),
      protocols,
      token,
    };
  }

  /** Creates a lasting identity, so that a lost connection resumes as the same participant. */
  private async join(): Promise<void> {
    const { name, hostToken } = this.options;
    if (this.store.get().me !== null || !name?.trim()) return;
    const me = await this.context.rooms.join(this.roomId, name.trim(), hostToken === undefined ? {} : { hostToken });
    this.update({ me });
  }

  private async diagnose(): Promise<MetronomeError | null> {
    const room = await this.context.rooms.get(this.roomId);
    this.update({ room });
    if (room.current_participants >= room.max_participants) return roomFull(room);
    // The server forgets a participant's token after a day without a socket.
    if (++this.refusals > 1) this.update({ me: null });
    return null;
  }

  private async readRoom(): Promise<void> {
    this.putRoom(await this.context.rooms.get(this.roomId));
  }

  private merge(message: ServerMessage): void {
    switch (message.type) {
      case 'room.timer':
        this.takeTimer(message.payload.timer);
        break;
      case 'room.participants':
        this.update({ participants: message.payload.participants });
        break;
      case 'room.participant':
        this.takePerson(message.payload);
        break;
      case 'room.updated':
        this.putRoom(message.payload.room);
        break;
    }
  }

  private takeTimer(timer: RoomTimer): void {
    if (timer.revision >= (this.store.get().timer?.revision ?? 0)) this.update({ timer });
  }

  private putRoom(room: Room): void {
    const known = this.store.get().room?.timer_state.revision ?? 0;
    if (room.timer_state.revision >= known) this.update({ room });
    this.takeTimer(room.timer_state);
  }

  private takePerson({ action, participant }: ServerMessages['room.participant']): void {
    const others = this.store.get().participants.filter(({ id }) => id !== participant.id);
    this.update({ participants: action === 'joined' ? [...others, participant] : others });
  }

  private update(patch: Partial<RoomState>): void {
    this.store.set({ ...this.store.get(), ...patch });
  }
}

const roomFull = ({ max_participants: max }: Room): MetronomeError =>
  new MetronomeError({ status: 409, code: 'MAX_PARTICIPANTS_REACHED', message: `Room is full (${max} participants)` });
