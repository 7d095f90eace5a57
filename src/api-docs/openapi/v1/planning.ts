import { InstanceQuery, ScheduleListQuery } from '../../../v1/schedules/schedule.requests.js';
import { TodoFromScheduleQuery, TodoListQuery, TodoStatisticsQuery } from '../../../v1/todos/todo.requests.js';
import { ref } from '../../schema.js';
import { IDS, SCHEDULE, TAG, TAG_GROUP, TODO } from '../examples.js';
import { instantNote, listNote, parameter, pathPart, type Paths, queriesOf } from '../parts.js';
import { LISTED, ok, one, page, read, write } from '../v1-call.js';
import { idPart } from '../v1-requests.js';

/**
 * The calls of `/v1/schedules`, `/v1/todos` and `/v1/tags` (docs/spec/v1.md#6-schedules,
 * docs/spec/v1.md#8-tags-and-tag-groups).
 */

const idOf = (what: string) => pathPart('id', `Of the ${what}.`, idPart);
const LIST = {
  scope: { description: 'Own items, shared ones, or both.', default: 'mine' },
  tag_ids: listNote('Items with all of these tags.'),
  group_ids: listNote('Items related to one of these tag groups.'),
};
const instanceStart = queriesOf(InstanceQuery, {
  instance_start: instantNote('One occurrence of a master: its original or current start, within a minute.'),
});

const PLAIN_SCHEDULE = { ...SCHEDULE, recurrence_rule: null };
const NEW_SCHEDULE = {
  title: 'Team meeting',
  start_time: '2026-01-29T10:00:00Z',
  end_time: '2026-01-29T11:00:00Z',
  recurrence_rule: 'FREQ=WEEKLY;BYDAY=TH',
  tag_ids: [IDS.tag],
};

const SCHEDULES: Paths = {
  '/v1/schedules': {
    get: read({
      id: 'listSchedules',
      summary: 'List schedules in a period, including occurrences',
      parameters: [
        ...queriesOf(ScheduleListQuery, {
          start_date: instantNote('Ends at or after.'),
          end_date: instantNote('Starts at or before.'),
          ...LIST,
        }),
        parameter('UpdatedSince'),
        ...LISTED,
      ],
      answers: { 200: page('Schedule', { ...SCHEDULE, parent_id: IDS.schedule, recurrence_rule: null }) },
      zoned: true,
    }),
    post: write({
      id: 'createSchedule',
      summary: 'Create a schedule',
      description: '`create_todo_options` also creates a todo from it.',
      body: { schema: ref('NewSchedule'), examples: { weekly: NEW_SCHEDULE } },
      answers: { 201: one('Schedule', SCHEDULE) },
      errors: [
        'InvalidRecurrenceRuleError',
        'InvalidRecurrenceEndError',
        'LimitReachedError',
        'TodoNotFoundError',
        'TagGroupNotFoundError',
        'TagNotFoundError',
      ],
      zoned: true,
    }),
  },
  '/v1/schedules/{id}': {
    get: read({
      id: 'getSchedule',
      summary: 'Get a schedule, own or shared',
      parameters: [idOf('schedule')],
      answers: { 200: one('Schedule', SCHEDULE) },
      errors: ['ScheduleNotFoundError', 'AccessDeniedError'],
      zoned: true,
    }),
    patch: write({
      id: 'updateSchedule',
      summary: 'Change a schedule, or one occurrence',
      parameters: [idOf('schedule'), ...instanceStart],
      body: { schema: ref('SchedulePatch'), examples: { move: { end_time: '2026-01-29T12:00:00Z' } } },
      answers: { 200: one('Schedule', { ...SCHEDULE, end_time: '2026-01-29T12:00:00Z' }) },
      errors: [
        'InvalidRecurrenceRuleError',
        'InvalidRecurrenceEndError',
        'InvalidScheduleTimeError',
        'RecurringScheduleError',
        'ScheduleNotFoundError',
        'TodoNotFoundError',
        'TagGroupNotFoundError',
        'TagNotFoundError',
      ],
      zoned: true,
    }),
    delete: write({
      id: 'deleteSchedule',
      summary: 'Delete a schedule, or one occurrence',
      parameters: [idOf('schedule'), ...instanceStart],
      answers: { 200: ok() },
      errors: ['RecurringScheduleError', 'ScheduleNotFoundError'],
    }),
  },
  '/v1/schedules/{id}/todo': {
    post: write({
      id: 'createTodoFromSchedule',
      summary: 'Create a todo from a schedule',
      parameters: [idOf('schedule'), ...queriesOf(TodoFromScheduleQuery, { tag_group_id: 'The todo’s tag group.' })],
      answers: { 201: one('Todo', { ...TODO, status: 'SCHEDULED', schedules: [PLAIN_SCHEDULE] }) },
      errors: [
        'ScheduleAlreadyLinkedToTodoError',
        'LimitReachedError',
        'ScheduleNotFoundError',
        'TagGroupNotFoundError',
      ],
      zoned: true,
    }),
  },
};

const TODOS: Paths = {
  '/v1/todos': {
    get: read({
      id: 'listTodos',
      summary: 'List todos, with the ancestors of matches',
      description:
        'By status (UNSCHEDULED, SCHEDULED, DONE, CANCELLED), then by deadline (none last), then newest first: a flat list, whose `parent_id` makes the tree.',
      parameters: [...queriesOf(TodoListQuery, LIST), parameter('UpdatedSince'), ...LISTED],
      answers: { 200: page('Todo', TODO) },
      zoned: true,
    }),
    post: write({
      id: 'createTodo',
      summary: 'Create a todo',
      description:
        'Every todo belongs to a tag group of one’s own (`POST /v1/tags/groups` makes one). A deadline also makes a schedule of an hour that begins then; it leaves `status` as it is.',
      body: {
        schema: ref('NewTodo'),
        examples: { todo: { title: 'Exercise sheet 4', tag_group_id: IDS.group, tag_ids: [IDS.tag] } },
      },
      answers: { 201: one('Todo', TODO) },
      errors: [
        'TodoInvalidParentError',
        'TodoParentGroupMismatchError',
        'LimitReachedError',
        'TagGroupNotFoundError',
        'TagNotFoundError',
      ],
      zoned: true,
    }),
  },
  '/v1/todos/stats': {
    get: read({
      id: 'getTodoStatistics',
      summary: 'Count todos by tag',
      parameters: [...queriesOf(TodoStatisticsQuery, { group_id: 'Restricts to this tag group.' })],
      answers: {
        200: one('TodoStatistics', {
          group_id: null,
          total_count: 3,
          by_tag: [{ tag_id: IDS.tag, tag_name: 'Maths', count: 2 }],
        }),
      },
    }),
  },
  '/v1/todos/{id}': {
    get: read({
      id: 'getTodo',
      summary: 'Get a todo, own or shared',
      parameters: [idOf('todo')],
      answers: { 200: one('Todo', TODO) },
      errors: ['TodoNotFoundError', 'AccessDeniedError'],
      zoned: true,
    }),
    patch: write({
      id: 'updateTodo',
      summary: 'Change a todo',
      description:
        'What is left out stays. A new deadline moves the linked schedule, or makes one; `"deadline": null` deletes all that are linked.',
      parameters: [idOf('todo')],
      body: { schema: ref('TodoPatch'), examples: { done: { status: 'DONE' } } },
      answers: { 200: one('Todo', { ...TODO, status: 'DONE' }) },
      errors: [
        'TodoInvalidParentError',
        'TodoSelfReferenceError',
        'TodoCycleError',
        'TodoParentGroupMismatchError',
        'LimitReachedError',
        'TodoNotFoundError',
        'TagGroupNotFoundError',
        'TagNotFoundError',
      ],
      zoned: true,
    }),
    delete: write({
      id: 'deleteTodo',
      summary: 'Delete a todo',
      description: 'Linked schedules are deleted too; its children become roots.',
      parameters: [idOf('todo')],
      answers: { 200: ok() },
      errors: ['TodoNotFoundError'],
    }),
  },
};

const NEW_GROUP = { name: 'Study', color: '#4A90D9', goal_ratios: { [IDS.tag]: 0.4 } };

const TAGS: Paths = {
  '/v1/tags/groups': {
    get: read({
      id: 'listTagGroups',
      summary: 'List tag groups by name, with their tags',
      parameters: LISTED,
      answers: { 200: page('TagGroupWithTags', { ...TAG_GROUP, tags: [TAG] }) },
    }),
    post: write({
      id: 'createTagGroup',
      summary: 'Create a tag group',
      body: { schema: ref('NewTagGroup'), examples: { group: NEW_GROUP } },
      answers: { 201: one('TagGroup', TAG_GROUP) },
    }),
  },
  '/v1/tags/groups/{id}': {
    get: read({
      id: 'getTagGroup',
      summary: 'Get a tag group with its tags',
      parameters: [idOf('tag group')],
      answers: { 200: one('TagGroupWithTags', { ...TAG_GROUP, tags: [TAG] }) },
      errors: ['TagGroupNotFoundError'],
    }),
    patch: write({
      id: 'updateTagGroup',
      summary: 'Change a tag group',
      parameters: [idOf('tag group')],
      body: { schema: ref('TagGroupPatch'), examples: { name: { name: 'Learning' } } },
      answers: { 200: one('TagGroup', { ...TAG_GROUP, name: 'Learning' }) },
      errors: ['TagGroupNotFoundError'],
    }),
    delete: write({
      id: 'deleteTagGroup',
      summary: 'Delete a tag group',
      description: 'Its todos and tags are deleted too.',
      parameters: [idOf('tag group')],
      answers: { 200: ok() },
      errors: ['TagGroupNotFoundError'],
    }),
  },
  '/v1/tags': {
    get: read({
      id: 'listTags',
      summary: 'List tags by name',
      parameters: LISTED,
      answers: { 200: page('Tag', TAG) },
    }),
    post: write({
      id: 'createTag',
      summary: 'Create a tag',
      body: { schema: ref('NewTag'), examples: { tag: { name: 'Maths', color: '#4A90D9', group_id: IDS.group } } },
      answers: { 201: one('Tag', TAG) },
      errors: ['LimitReachedError', 'TagGroupNotFoundError', 'DuplicateTagNameError'],
    }),
  },
  '/v1/tags/{id}': {
    get: read({
      id: 'getTag',
      summary: 'Get a tag',
      parameters: [idOf('tag')],
      answers: { 200: one('Tag', TAG) },
      errors: ['TagNotFoundError'],
    }),
    patch: write({
      id: 'updateTag',
      summary: 'Change a tag',
      parameters: [idOf('tag')],
      body: { schema: ref('TagPatch'), examples: { color: { color: '#d0021b' } } },
      answers: { 200: one('Tag', { ...TAG, color: '#D0021B' }) },
      errors: ['TagNotFoundError', 'DuplicateTagNameError'],
    }),
    delete: write({
      id: 'deleteTag',
      summary: 'Delete a tag',
      description: 'Deleting the last tag of a group deletes the group too, unless todos belong to it.',
      parameters: [idOf('tag')],
      answers: { 200: ok() },
      errors: ['TagNotFoundError'],
    }),
  },
};

export const PLANNING_PATHS: Paths = { ...SCHEDULES, ...TODOS, ...TAGS };
