// What docs/architecture.md#state, docs/spec/v1.md#52-state-rules, docs/spec/legacy.md#legacy-api and
// docs/spec/rooms.md#rooms say a server does, in as few lines as they take. It shares nothing with
// `src`: seconds are `at`, milliseconds `now`; people and rooms are numbers, timers are known by their titles.
export type Status = 'running' | 'paused' | 'completed' | 'cancelled';
export type TimerVerb = 'pause' | 'resume' | 'stop' | 'cancel';
export type RoomVerb = 'start' | 'pause' | 'resume' | 'reset';

/** One thing somebody asks for. */
export type Step =
  | { readonly kind: 'legacyStart'; readonly person: number; readonly title: string }
  | { readonly kind: 'legacyStop'; readonly person: number }
  | { readonly kind: 'create'; readonly person: number; readonly title: string }
  | { readonly kind: 'verb'; readonly person: number; readonly title: string; readonly verb: TimerVerb }
  | { readonly kind: 'remove'; readonly person: number; readonly title: string }
  | { readonly kind: 'describe'; readonly person: number; readonly title: string; readonly text: string }
  | { readonly kind: 'room'; readonly room: number; readonly verb: RoomVerb; readonly type: 'work' | 'break' };

interface Counted {
  running: boolean;
  /** Seconds of finished segments; the start of the running one; the last event. */
  worked: number;
  since: number;
  last: number;
}
export interface ModelTimer extends Counted {
  title: string;
  owner: number;
  legacy: boolean;
  status: Status;
  began: number;
  /** Of equal starts the later id counts as started later. */
  id: string;
  text: string | null;
  past: { action: string; at: number; elapsed?: number }[];
  revision: number;
}
interface Session extends Counted {
  began: number;
  type: 'work' | 'break';
}
export interface ModelRoom {
  idle: 'work' | 'break';
  session: Session | null;
  revision: number;
  auto: boolean;
  length: { work: number; break: number };
}

/** The state of a room as its clients see it, without what depends on when one looks. */
export interface Shown {
  status: 'idle' | 'running' | 'paused';
  type: 'work' | 'break';
  began: number | null;
  target: number | null;
  left: number;
  revision: number;
}

export class Model {
  timers: ModelTimer[] = [];

  constructor(
    public rooms: ModelRoom[],
    public now: number,
  ) {}

  copy(): Model {
    const copy = new Model(structuredClone(this.rooms), this.now);
    copy.timers = structuredClone(this.timers);
    return copy;
  }

  /** What the caller is answered: `ok`, with what they then see, or the words of the refusal. */
  apply(step: Step): string {
    switch (step.kind) {
      case 'legacyStart':
        return this.legacyStart(step.person, step.title);
      case 'legacyStop':
        return this.legacyStop(step.person);
      case 'create':
        this.begin(step.person, step.title, false, this.tick());
        return this.told(step.title);
      case 'room':
        return this.room(this.rooms[step.room] as ModelRoom, step.verb, step.type);
      default:
        return this.own(step);
    }
  }

  /** A timer as its owner sees it. */
  told(title: string): string {
    const { status, worked, revision } = this.timers.find((timer) => timer.title === title) as ModelTimer;
    return `ok ${status} ${worked} ${revision}`;
  }

  /** A room as everybody sees it: every phase that has passed is over. */
  shown(room: ModelRoom): Shown {
    this.settle(room);
    return this.shownNow(room);
  }

  private tick(last = 0): number {
    return Math.max(Math.ceil(this.now / 1000), last);
  }

  private own(step: Step & { title: string; person: number }): string {
    const timer = this.timers.find(({ title }) => title === step.title);
    if (timer === undefined || timer.owner !== step.person) return 'Timer not found';
    if (step.kind === 'remove') {
      this.timers = this.timers.filter((other) => other !== timer);
      return 'ok';
    }
    if (step.kind === 'describe') {
      if (timer.text !== step.text) timer.revision += 1;
      timer.text = step.text;
      return this.told(timer.title);
    }
    return step.kind === 'verb' ? this.verb(timer, step.verb) : '';
  }

  private begin(owner: number, title: string, legacy: boolean, at: number): void {
    const counted = { running: true, worked: 0, since: at, last: at };
    const past = [{ action: 'start', at }];
    const known = { title, owner, legacy, began: at, id: '', text: null, past };
    this.timers.push({ ...known, ...counted, status: 'running', revision: 1 });
  }

  private verb(timer: ModelTimer, verb: TimerVerb): string {
    const moving = timer.running ? verb !== 'resume' : timer.status === 'paused' && verb !== 'pause';
    if (!moving) return `Cannot ${verb} timer with status ${timer.status}`;
    const at = this.tick(timer.last);
    this.count(timer, at, verb === 'resume');
    timer.status = ({ pause: 'paused', resume: 'running', stop: 'completed', cancel: 'cancelled' } as const)[verb];
    timer.past.push(verb === 'resume' ? { action: verb, at } : { action: verb, at, elapsed: timer.worked });
    timer.revision += 1;
    return this.told(timer.title);
  }

  private count(counted: Counted, at: number, running: boolean): void {
    if (counted.running) counted.worked += at - counted.since;
    Object.assign(counted, { running, since: at, last: at });
  }

  private legacyStart(owner: number, title: string): string {
    const theirs = this.timers.filter((timer) => timer.owner === owner);
    if (theirs.some(({ running }) => running)) return 'Timer is already running';
    const before = theirs.find(({ status, legacy }) => status === 'paused' && legacy);
    if (before) this.verb(before, 'stop');
    this.begin(owner, title, true, before?.last ?? this.tick());
    return 'ok';
  }

  private legacyStop(owner: number): string {
    const running = this.timers.filter((timer) => timer.owner === owner && timer.running);
    const [newest] = running.sort((a, b) => b.began - a.began || (a.id < b.id ? 1 : -1));
    if (newest === undefined) return 'Timer is already stopped';
    this.verb(newest, 'stop');
    return 'ok';
  }

  private settle(room: ModelRoom): void {
    for (let target = this.target(room); target !== null && target * 1000 <= this.now; target = this.target(room)) {
      const auto = room.session?.type === 'work' && room.auto;
      room.idle = room.session?.type === 'work' ? 'break' : 'work';
      const rest = { running: true, worked: 0, since: target, last: target, began: target } as const;
      room.session = auto ? { ...rest, type: 'break' } : null;
      room.revision += 1;
    }
  }

  private target({ session, length }: ModelRoom): number | null {
    return session?.running === true ? session.since + length[session.type] - session.worked : null;
  }

  private room(room: ModelRoom, verb: RoomVerb, type: 'work' | 'break'): string {
    this.settle(room);
    const { session } = room;
    if (verb === 'reset' && session === null && room.idle === 'work')
      return `ok ${JSON.stringify(this.shownNow(room))}`;
    if (session?.running === true && (verb === 'start' || verb === 'resume')) return 'TIMER_ALREADY_RUNNING';
    if (session?.running !== true && verb === 'pause') return 'TIMER_NOT_RUNNING';
    if (session === null && verb === 'resume') return 'TIMER_NOT_RUNNING';
    const at = this.tick(session?.last);
    if (verb === 'start') room.session = { running: true, worked: 0, since: at, last: at, began: at, type };
    if (verb === 'reset') room.session = null;
    if (verb === 'start' || verb === 'reset') room.idle = verb === 'start' ? type : 'work';
    if (session !== null && (verb === 'pause' || verb === 'resume')) this.count(session, at, verb === 'resume');
    room.revision += 1;
    return `ok ${JSON.stringify(this.shownNow(room))}`;
  }

  private shownNow(room: ModelRoom): Shown {
    const { session, revision } = room;
    const type = session?.type ?? room.idle;
    const whole = room.length[type];
    const target = this.target(room);
    const left = target === null ? whole - (session?.worked ?? 0) : Math.floor(target - this.now / 1000);
    const status = session === null ? 'idle' : session.running ? 'running' : 'paused';
    return { status, type, began: session?.began ?? null, target, left: Math.min(whole, Math.max(0, left)), revision };
  }
}
