import { Injectable } from '@nestjs/common';

import { formatInstant, formatNullable, type TimeZone } from '../../common/time/time-zone.js';
import { Clock } from '../../timer-domain/clock/clock.js';
import { elapsedAt, type HistoryEntry, type Instant, type Timer } from '../../timer-domain/rules/timer.js';
import type { ScheduleObject } from '../schedules/schedule.presenter.js';
import { ScheduleReader } from '../schedules/schedule-reader.js';
import type { Tag } from '../tags/tag.js';
import { presentTags, type TagObject } from '../tags/tag.presenter.js';
import type { Reader } from '../http/read-context.js';
import { TagReader } from '../tags/tag-reader.js';
import type { TodoObject } from '../todos/todo.presenter.js';
import { TodoReader } from '../todos/todo-reader.js';
import type { TimerView } from './timer.requests.js';

/** The Timer object of docs/spec/v1.md#51-timer-object, REST and socket alike. */
export type TimerObject = Readonly<Record<string, unknown>>;

interface Belongings {
  readonly schedules: ReadonlyMap<string, ScheduleObject>;
  readonly todos: ReadonlyMap<string, TodoObject>;
  readonly tags: ReadonlyMap<string, Tag>;
}

const NOTHING: Belongings = { schedules: new Map(), todos: new Map(), tags: new Map() };

/** Shows timers with what belongs to them, in a number of statements that does not grow with them. */
@Injectable()
export class TimerPresenter {
  constructor(
    private readonly clock: Clock,
    private readonly schedules: ScheduleReader,
    private readonly todos: TodoReader,
    private readonly tags: TagReader,
  ) {}

  /** @param at the second that it is shown at; now, unless it is an outcome that is told again */
  async one(timer: Timer, reader: Reader, view: TimerView, at?: Instant): Promise<TimerObject> {
    const [object] = await this.many([timer], reader, view, at);
    return object ?? {};
  }

  async many(timers: readonly Timer[], reader: Reader, view: TimerView, at?: Instant): Promise<TimerObject[]> {
    const belongings = await this.belongingsOf(timers, reader, view);
    const now = at ?? Math.floor(this.clock.now() / 1_000);
    return timers.map((timer) => presentTimer(timer, reader, now, includedIn(timer, view, belongings, reader.zone)));
  }

  /**
   * Prepares timers as sockets show them: with their own tags, without schedule and todo
   * (docs/spec/v1.md#51-timer-object). What is looked up
   * is looked up once, however many zones they are then shown in.
   */
  async forSockets(timers: readonly Timer[]): Promise<(reader: Reader) => TimerObject[]> {
    const tags = await this.tags.find(timers.flatMap(({ tagIds }) => tagIds));
    return (reader) => {
      const now = Math.floor(this.clock.now() / 1_000);
      return timers.map((timer) => {
        const included = { schedule: null, todo: null, tags: presentTags(timer.tagIds, tags, reader.zone) };
        return presentTimer(timer, reader, now, included);
      });
    };
  }

  /** Timers as they were, each at an instant of its own: what ran after it does not count. */
  past(timers: readonly { readonly timer: Timer; readonly at: Instant }[], reader: Reader): TimerObject[] {
    return timers.map(({ timer, at }) => presentTimer(timer, reader, at, { schedule: null, todo: null, tags: [] }));
  }

  private async belongingsOf(timers: readonly Timer[], reader: Reader, view: TimerView): Promise<Belongings> {
    const inherit = view.tag_include_mode === 'inherit_from_schedule';
    const ownTags = inherit || view.tag_include_mode === 'timer_only';
    const wantTodo = (timer: Timer) => view.include_todo === true || (inherit && timer.scheduleId === null);
    const scheduleIds = view.include_schedule === true || inherit ? idsOf(timers, (timer) => timer.scheduleId) : [];
    const todoIds = idsOf(timers.filter(wantTodo), (timer) => timer.todoId);
    const tagIds = ownTags ? [...new Set(timers.flatMap(({ tagIds: ids }) => ids))] : [];
    if (scheduleIds.length + todoIds.length + tagIds.length === 0) return NOTHING;
    const { userId, zone } = reader;
    const [schedules, todos, tags] = await Promise.all([
      this.schedules.presentMany(scheduleIds, userId, zone),
      this.todos.presentMany(todoIds, userId, zone),
      this.tags.find(tagIds),
    ]);
    return { schedules, todos, tags };
  }
}

const idsOf = (timers: readonly Timer[], idOf: (timer: Timer) => string | null): string[] => [
  ...new Set(timers.flatMap((timer) => idOf(timer) ?? [])),
];

interface Included {
  readonly schedule: ScheduleObject | null;
  readonly todo: TodoObject | null;
  readonly tags: readonly TagObject[];
}

function includedIn(timer: Timer, view: TimerView, { schedules, todos, tags }: Belongings, zone: TimeZone): Included {
  const schedule = schedules.get(timer.scheduleId ?? '') ?? null;
  const todo = todos.get(timer.todoId ?? '') ?? null;
  const own = presentTags(timer.tagIds, tags, zone);
  const inherited = timer.scheduleId === null ? (todo?.tags ?? []) : (schedule?.tags ?? []);
  const inherit = view.tag_include_mode === 'inherit_from_schedule';
  return {
    schedule: view.include_schedule === true ? schedule : null,
    todo: view.include_todo === true ? todo : null,
    tags: inherit ? [...own, ...inherited.filter(({ id }) => !timer.tagIds.includes(id))] : own,
  };
}

function presentTimer(timer: Timer, { userId, zone }: Reader, now: number, included: Included): TimerObject {
  const { state } = timer;
  return {
    id: timer.id,
    owner_id: timer.userId,
    schedule_id: timer.scheduleId,
    todo_id: timer.todoId,
    title: timer.title,
    description: timer.description,
    allocated_duration: timer.allocatedDuration,
    elapsed_time: elapsedAt(state, now),
    status: state.status.toUpperCase(),
    started_at: formatInstant(timer.startedAt, zone),
    paused_at: formatNullable(state.status === 'running' ? null : state.pausedAt, zone),
    ended_at: formatNullable('endedAt' in state ? state.endedAt : null, zone),
    pause_history: timer.history.map((entry) => presentEntry(entry, zone)),
    created_at: formatInstant(timer.createdAt, zone),
    updated_at: formatInstant(timer.updatedAt, zone),
    ...included,
    is_shared: timer.userId !== userId,
    running_since: formatNullable(state.status === 'running' ? state.runningSince : null, zone),
    revision: timer.revision,
    origin: timer.origin,
    visibility_level: timer.visibilityLevel,
  };
}

function presentEntry({ action, at, elapsed }: HistoryEntry, zone: TimeZone) {
  return { action, at: formatInstant(at, zone), ...(elapsed === undefined ? {} : { elapsed }) };
}
