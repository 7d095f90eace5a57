// Makes TypeScript of the schemas that the API documents have (generate-types.mjs).

/** Schemas of /openapi.json, and how this package calls them where it has another word. */
const SCHEMAS = {
  PauseEvent: 'HistoryEntry',
  Timer: 'Timer',
  RoomSessionTimer: 'RoomSessionTimer',
  TimerRevision: 'TimerRevision',
  NewTimer: 'NewTimer',
  TimerPatch: 'TimerPatch',
  Segment: 'Segment',
  ManualTimer: 'ManualTimer',
  TimerCorrection: 'TimerCorrection',
  Schedule: 'Schedule',
  NewSchedule: 'NewSchedule',
  SchedulePatch: 'SchedulePatch',
  Todo: 'Todo',
  NewTodo: 'NewTodo',
  TodoPatch: 'TodoPatch',
  TodoStatistics: 'TodoStatistics',
  Tag: 'Tag',
  NewTag: 'NewTag',
  TagPatch: 'TagPatch',
  TagGroup: 'TagGroup',
  TagGroupWithTags: 'TagGroupWithTags',
  NewTagGroup: 'NewTagGroup',
  TagGroupPatch: 'TagGroupPatch',
  User: 'Profile',
  UserPatch: 'ProfilePatch',
  Friend: 'Friend',
  Friendship: 'Friendship',
  PendingRequest: 'FriendRequest',
  Visibility: 'Visibility',
  VisibilitySetting: 'VisibilityChoice',
  Statistics: 'Statistics',
  SignUp: 'SignUp',
  LogIn: 'LogIn',
  Tokens: 'Tokens',
  Session: 'Session',
  LegacyToken: 'LegacyToken',
  IssuedLegacyToken: 'NewLegacyToken',
  Ok: 'Ok',
  OkMessage: 'OkMessage',
  CalendarUrl: 'CalendarUrl',
  RoomState: 'RoomTimer',
  Room: 'Room',
  NewRoom: 'NewRoom',
  RoomPatch: 'RoomPatch',
  CreatedRoom: 'CreatedRoom',
  Participant: 'RoomParticipant',
  JoinedParticipant: 'Joined',
  RoomStatistics: 'RoomStatistics',
};

/** What calls take in their query. */
const QUERIES = {
  TimerView: '/v1/timers/{id}',
  ListQuery: '/v1/tags',
  TimerQuery: '/v1/timers',
  RevisionQuery: '/v1/timers/{id}/revisions',
  LinkedTimersQuery: '/v1/schedules/{id}/timers',
  ScheduleQuery: '/v1/schedules',
  TodoQuery: '/v1/todos',
  TodoStatisticsQuery: '/v1/todos/stats',
  StatisticsQuery: '/v1/statistics',
  ExportQuery: '/v1/timers/export',
  RoomStatisticsQuery: '/api/v1/rooms/{room_id}/statistics',
};

/** Schemas that only /asyncapi.json has. */
const SOCKET_SCHEMAS = { RoomParticipant: 'Person', FriendActivity: 'FriendActivity' };

/** What is told on each socket, in type/payload; a room's timer comes by another way (src/socket/messages.ts). */
const MESSAGES = {
  personal: [
    'connected',
    'timer.sync_result',
    'timer.created',
    'timer.updated',
    'timer.deleted',
    'timer.friend_activity',
    'room.joined',
    'room.left',
    'error',
  ],
  room: [
    'timer.completed',
    'room.participant',
    'room.participants',
    'room.updated',
    'auth.expiring',
    'auth.renewed',
    'pong',
  ],
};

/** What a member's own socket hears of the rooms that were joined there. */
const ROOMWIDE = new Set(['timer.completed', 'room.participant', 'room.participants', 'room.updated']);
const OF_A_ROOM = {
  room_id: { type: 'string', format: 'uuid', description: 'On a member’s own socket: which room’s.' },
};

const HEAD = `// Made by generate-types.mjs of /openapi.json and /asyncapi.json: change those, not this.

/** ISO 8601 with offset, whole seconds. */
export type DateTime = string;
/** \`YYYY-MM-DD\` */
export type DateText = string;
export type Uuid = string;
`;

/** Words for parts of the above. */
const TAIL = `
export type TimerStatus = Timer['status'];
export type TimerAction = WireMessages['timer.updated']['action'];
export type TimerList = WireMessages['timer.sync_result'];
export type VisibilityLevel = Visibility['level'];
export type ResourceType = Visibility['resource_type'];
export type Scope = NonNullable<TimerQuery['scope']>;
export type ScheduleState = Schedule['state'];
export type TodoStatus = Todo['status'];
export type SessionType = RoomTimer['session_type'];
export type RoomPeriod = RoomStatistics['period'];
`;

const WIDTH = 120;
const FORMATS = { 'date-time': 'DateTime', date: 'DateText', uuid: 'Uuid' };
const TYPES = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** @returns the text of src/types.ts */
export function typesOf(openApi, asyncApi) {
  const schemas = Object.entries(SCHEMAS).map(([name, called]) =>
    declaration(called, found(openApi.components.schemas, name)),
  );
  const queries = Object.entries(QUERIES).map(([called, path]) => declaration(called, queryOf(openApi, path)));
  const sockets = Object.entries(SOCKET_SCHEMAS).map(([name, called]) =>
    declaration(called, looser(called, found(asyncApi.components.schemas, name))),
  );
  const messages = declaration('WireMessages', messagesOf(asyncApi));
  return `${[HEAD, ...schemas, ...queries, ...sockets, messages].join('\n')}${TAIL}`;
}

function found(parts, name) {
  if (parts?.[name] === undefined) throw new Error(`the documents have no ${name}`);
  return parts[name];
}

/**
 * Words that may become more: an error has any code, and a friend may do whatever is done to timers. Whoever reads them
 * has to have something to say about a word that is new.
 */
const LOOSER = { error: { code: { type: 'string' } }, FriendActivity: { action: { called: 'TimerAction' } } };
const looser = (name, schema) => ({ ...schema, properties: { ...schema.properties, ...LOOSER[name] } });

/** A call's query as the schema of one object. */
function queryOf({ paths, components }, path) {
  const parameters = (found(paths, path).get.parameters ?? [])
    .map((parameter) => ('$ref' in parameter ? found(components.parameters, nameOf(parameter)) : parameter))
    .filter((parameter) => parameter.in === 'query');
  return {
    type: 'object',
    description: `The query of \`GET ${path}\`.`,
    properties: Object.fromEntries(
      parameters.map(({ name, schema, description }) => [name, { description, ...oneOrMany(schema) }]),
    ),
    required: parameters.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

/** A single word need not be a list. */
const oneOrMany = (schema) => (schema.type === 'array' ? { anyOf: [schema.items, schema] } : schema);

/** What every message carries, by its type. */
function messagesOf({ components }) {
  const properties = Object.fromEntries(
    Object.entries(MESSAGES).flatMap(([endpoint, types]) =>
      types.map((type) => {
        const { payload, summary } = found(components.messages, `${endpoint}.type-payload.${type}`);
        const said = looser(type, payload.properties.payload);
        const properties = ROOMWIDE.has(type) ? { ...OF_A_ROOM, ...said.properties } : said.properties;
        return [type, { description: `${summary}.`, ...said, properties }];
      }),
    ),
  );
  return {
    type: 'object',
    description: 'What the server tells on its sockets.',
    properties,
    required: Object.keys(properties),
  };
}

const declaration = (name, { description, ...schema }) =>
  `${comment(description, '')}export interface ${name} ${objectType(schema, '')}\n`;

function objectType({ properties, required = [] }, indent) {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([key, schema]) => {
    const mark = required.includes(key) ? '' : '?';
    const name = /^\w+$/.test(key) ? key : `'${key}'`;
    return `${comment(schema.description, inner)}${property(`${inner}readonly ${name}${mark}:`, typeOf(schema, inner), inner)}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** As prettier would break it. */
function property(start, type, indent) {
  const line = `${start} ${type};`;
  if (line.length <= WIDTH || type.includes('\n')) return line;
  const next = `${indent}  ${type};`;
  if (next.length <= WIDTH) return `${start}\n${next}`;
  return `${start}\n${type
    .split(/ \| (?![^(]*\))/)
    .map((part) => `${indent}  | ${part}`)
    .join('\n')};`;
}

const comment = (text, indent) => (text === undefined ? '' : `${indent}/** ${text.replaceAll('*/', '* /')} */\n`);

function typeOf(schema, indent) {
  if ('called' in schema) return schema.called;
  if ('$ref' in schema) return clientName(nameOf(schema));
  if ('anyOf' in schema) return union(schema.anyOf.map((part) => typeOf(part, indent)));
  if ('const' in schema) return literal(schema.const);
  if ('enum' in schema) return union(schema.enum.map(literal));
  if (isInstantSent(schema)) return union(['DateTime', ...[schema.type].flat().filter((type) => type === 'null')]);
  return union([schema.type].flat().map((type) => oneType(type, schema, indent)));
}

function oneType(type, schema, indent) {
  if (type === 'array') return `readonly ${bracketed(typeOf(schema.items, indent))}[]`;
  if (type === 'object' && schema.properties) return objectType(schema, indent);
  if (type === 'object') return `Readonly<Record<string, ${typeOf(schema.additionalProperties ?? {}, indent)}>>`;
  if (type === 'string') return FORMATS[schema.format] ?? 'string';
  return TYPES[type] ?? 'unknown';
}

/** Unix seconds are for clients that have no text for it. */
const isInstantSent = ({ type, description = '' }) => type.includes('number') && description.includes('ISO 8601');

const nameOf = ({ $ref }) => $ref.split('/').at(-1);
const clientName = (name) => found({ ...SCHEMAS, ...SOCKET_SCHEMAS }, name);
const literal = (value) => (typeof value === 'string' ? `'${value}'` : String(value));
const union = (parts) => [...new Set(parts)].join(' | ');
const bracketed = (type) => (type.includes(' | ') && !type.startsWith('{') ? `(${type})` : type);
