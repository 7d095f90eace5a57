import { at, type CallOptions, type Http, type WriteOptions } from './http.js';
import { List } from './list.js';
import type {
  DateTime,
  LinkedTimersQuery,
  ListQuery,
  NewSchedule,
  NewTag,
  NewTagGroup,
  NewTodo,
  Ok,
  Schedule,
  SchedulePatch,
  ScheduleQuery,
  Tag,
  TagGroup,
  TagGroupPatch,
  TagGroupWithTags,
  TagPatch,
  Timer,
  TimerView,
  Todo,
  TodoPatch,
  TodoQuery,
  TodoStatistics,
  TodoStatisticsQuery,
} from './types.js';

interface Zoned {
  readonly timezone?: string;
}

/** Selects an occurrence of a recurring schedule; without it, the schedule itself (docs/spec/v1.md#65-other-routes). */
interface Instance {
  readonly instance_start?: DateTime;
}

type LinkedTimers = CallOptions & LinkedTimersQuery;

/** docs/spec/v1.md#6-schedules. */
export class Schedules {
  constructor(private readonly http: Http) {}

  /** Schedules that overlap the given time, including occurrences, earliest first. */
  list(query: CallOptions & ScheduleQuery): List<Schedule> {
    return new List(this.http, '/v1/schedules', query);
  }

  get(id: string, options?: CallOptions & Zoned): Promise<Schedule> {
    return this.http.call('GET', at`/v1/schedules/${id}`, undefined, options);
  }

  create(schedule: NewSchedule, options?: WriteOptions & Zoned): Promise<Schedule> {
    return this.http.call('POST', '/v1/schedules', schedule, options);
  }

  update(id: string, patch: SchedulePatch, options?: WriteOptions & Zoned & Instance): Promise<Schedule> {
    return this.http.call('PATCH', at`/v1/schedules/${id}`, patch, options);
  }

  delete(id: string, options?: WriteOptions & Instance): Promise<Ok> {
    return this.http.call('DELETE', at`/v1/schedules/${id}`, undefined, options);
  }

  /** Creates a todo from the schedule. */
  createTodo(id: string, tagGroupId: string, options?: WriteOptions & Zoned): Promise<Todo> {
    const query = { ...options, tag_group_id: tagGroupId };
    return this.http.call('POST', at`/v1/schedules/${id}/todo`, undefined, query);
  }

  /** The user's own timers of the schedule, newest first. */
  timers(id: string, query?: LinkedTimers): List<Timer> {
    return new List(this.http, at`/v1/schedules/${id}/timers`, query);
  }

  activeTimer(id: string, options?: CallOptions & TimerView): Promise<Timer> {
    return this.http.call('GET', at`/v1/schedules/${id}/timers/active`, undefined, options);
  }
}

/** docs/spec/v1.md#7-todos. */
export class Todos {
  constructor(private readonly http: Http) {}

  list(query?: CallOptions & TodoQuery): List<Todo> {
    return new List(this.http, '/v1/todos', query);
  }

  get(id: string, options?: CallOptions & Zoned): Promise<Todo> {
    return this.http.call('GET', at`/v1/todos/${id}`, undefined, options);
  }

  create(todo: NewTodo, options?: WriteOptions & Zoned): Promise<Todo> {
    return this.http.call('POST', '/v1/todos', todo, options);
  }

  update(id: string, patch: TodoPatch, options?: WriteOptions & Zoned): Promise<Todo> {
    return this.http.call('PATCH', at`/v1/todos/${id}`, patch, options);
  }

  delete(id: string, options?: WriteOptions): Promise<Ok> {
    return this.http.call('DELETE', at`/v1/todos/${id}`, undefined, options);
  }

  statistics(query?: CallOptions & TodoStatisticsQuery): Promise<TodoStatistics> {
    return this.http.call('GET', '/v1/todos/stats', undefined, query);
  }

  /** The user's own timers of the todo, newest first. */
  timers(id: string, query?: LinkedTimers): List<Timer> {
    return new List(this.http, at`/v1/todos/${id}/timers`, query);
  }

  activeTimer(id: string, options?: CallOptions & TimerView): Promise<Timer> {
    return this.http.call('GET', at`/v1/todos/${id}/timers/active`, undefined, options);
  }
}

/**
 * Tags or tag groups of docs/spec/v1.md#8-tags-and-tag-groups, selected by path. `Read` is the type that reads return,
 * if it has more fields.
 */
class Labels<Label, New, Patch, Read = Label> {
  constructor(
    private readonly http: Http,
    private readonly path: string,
  ) {}

  /** By name. */
  list(query?: CallOptions & ListQuery): List<Read> {
    return new List(this.http, this.path, query);
  }

  get(id: string, options?: CallOptions): Promise<Read> {
    return this.http.call('GET', this.path + at`/${id}`, undefined, options);
  }

  create(label: New, options?: WriteOptions): Promise<Label> {
    return this.http.call('POST', this.path, label, options);
  }

  update(id: string, patch: Patch, options?: WriteOptions): Promise<Label> {
    return this.http.call('PATCH', this.path + at`/${id}`, patch, options);
  }

  delete(id: string, options?: WriteOptions): Promise<Ok> {
    return this.http.call('DELETE', this.path + at`/${id}`, undefined, options);
  }
}

export class Tags extends Labels<Tag, NewTag, TagPatch> {
  constructor(http: Http) {
    super(http, '/v1/tags');
  }
}

export class TagGroups extends Labels<TagGroup, NewTagGroup, TagGroupPatch, TagGroupWithTags> {
  constructor(http: Http) {
    super(http, '/v1/tags/groups');
  }
}
