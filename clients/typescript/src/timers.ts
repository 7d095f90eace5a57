import { at, type CallOptions, type Http, type WriteOptions } from './http.js';
import { List } from './list.js';
import type {
  ExportQuery,
  ManualTimer,
  NewTimer,
  Ok,
  RevisionQuery,
  RoomSessionTimer,
  Statistics,
  StatisticsQuery,
  Timer,
  TimerCorrection,
  TimerPatch,
  TimerQuery,
  TimerRevision,
  TimerView,
} from './types.js';

type Read = CallOptions & TimerView;
type Write = WriteOptions & TimerView;

/** Timers over REST (docs/spec/v1.md#5-timers; corrections: docs/spec/extensions.md#corrections). */
export class Timers {
  constructor(private readonly http: Http) {}

  /** Newest first; with `type: 'room'` the user's sessions in rooms. */
  list(query: CallOptions & TimerQuery & { readonly type: 'room' }): List<RoomSessionTimer>;
  list(query?: CallOptions & TimerQuery): List<Timer>;
  list(query?: CallOptions & TimerQuery): List<Timer | RoomSessionTimer> {
    return new List(this.http, '/v1/timers', query);
  }

  /** The newest running or paused timer. @throws MetronomeError TimerNotFoundError when there is none */
  active(options?: Read): Promise<Timer> {
    return this.http.call('GET', '/v1/timers/active', undefined, options);
  }

  get(id: string, options?: Read): Promise<Timer> {
    return this.http.call('GET', at`/v1/timers/${id}`, undefined, options);
  }

  /** Starts a timer. */
  create(timer: NewTimer, options?: Write): Promise<Timer> {
    return this.http.call('POST', '/v1/timers', timer, options);
  }

  pause(id: string, options?: Write): Promise<Timer> {
    return this.http.call('PATCH', at`/v1/timers/${id}/pause`, undefined, options);
  }

  resume(id: string, options?: Write): Promise<Timer> {
    return this.http.call('PATCH', at`/v1/timers/${id}/resume`, undefined, options);
  }

  stop(id: string, options?: Write): Promise<Timer> {
    return this.http.call('POST', at`/v1/timers/${id}/stop`, undefined, options);
  }

  cancel(id: string, options?: Write): Promise<Timer> {
    return this.http.call('POST', at`/v1/timers/${id}/cancel`, undefined, options);
  }

  update(id: string, patch: TimerPatch, options?: Write): Promise<Timer> {
    return this.http.call('PATCH', at`/v1/timers/${id}`, patch, options);
  }

  delete(id: string, options?: WriteOptions): Promise<Ok> {
    return this.http.call('DELETE', at`/v1/timers/${id}`, undefined, options);
  }

  /** A finished timer for work that was not timed. */
  addManual(timer: ManualTimer, options?: Write): Promise<Timer> {
    return this.http.call('POST', '/v1/timers/manual', timer, options);
  }

  /** Replaces the segments of a finished timer. @throws MetronomeError RevisionConflictError */
  correct(id: string, correction: TimerCorrection, options?: Write): Promise<Timer> {
    return this.http.call('PATCH', at`/v1/timers/${id}/segments`, correction, options);
  }

  /** The revisions of a timer, oldest first. */
  revisions(id: string, query?: CallOptions & RevisionQuery): List<TimerRevision> {
    return new List(this.http, at`/v1/timers/${id}/revisions`, query);
  }

  /** All of the user's timers as a file. */
  async export(query: CallOptions & ExportQuery = {}): Promise<Blob> {
    return (await this.http.send({ method: 'GET', path: '/v1/timers/export', options: { ...query } })).blob();
  }
}

/** Sums of time worked (docs/spec/extensions.md#sockets). */
export class TimerStatistics {
  constructor(private readonly http: Http) {}

  get(query: CallOptions & StatisticsQuery): Promise<Statistics> {
    return this.http.call('GET', '/v1/statistics', undefined, query);
  }
}

/** The legacy API (docs/spec/legacy.md#tokens), with a token of `auth.legacyTokens`. */
export class LegacyTimer {
  constructor(
    private readonly http: Http,
    private readonly token: string,
  ) {}

  async start(title: string, options?: WriteOptions): Promise<void> {
    await this.post('start', { title }, options);
  }

  /** Stops the most recently started timer, whichever API started it. */
  async stop(options?: WriteOptions): Promise<void> {
    await this.post('stop', undefined, options);
  }

  private post(verb: string, body: unknown, options: WriteOptions = {}): Promise<Response> {
    const authorization = `Token ${this.token}`;
    const path = `/v1/user/timer/${verb}/`;
    return this.http.send({ method: 'POST', path, body, options: { ...options }, authorization });
  }
}
