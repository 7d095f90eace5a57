import { Flag, OneOf } from '../../common/validation/fields.js';
import {
  atLeast,
  atLeastCharacters,
  atMost,
  atMostCharacters,
  field,
  isString,
  type Rule,
} from '../../common/validation/rules.js';
import { CONTROLS, type Control } from './room.js';

const MIN_NAME = 3;
const MAX_NAME = 50;
const PATTERN = /^[a-zA-Z0-9_-]+$/;

const fitsPattern: Rule = {
  type: 'string_pattern_mismatch',
  msg: `String should match pattern '${PATTERN.source}'`,
  ctx: { pattern: PATTERN.source },
  schema: { pattern: PATTERN.source },
  holds: (value) => typeof value === 'string' && PATTERN.test(value),
};

const RoomName = (required: boolean): PropertyDecorator =>
  field({ required }, isString, atLeastCharacters(MIN_NAME), atMostCharacters(MAX_NAME), fitsPattern);

/** One error type for every value that is not an integer (docs/spec/rooms.md#rooms). */
const isInt: Rule = {
  type: 'int_type',
  msg: 'Input should be a valid integer',
  schema: { type: 'integer' },
  holds: (value) => Number.isInteger(value),
};

const Minutes = (max: number): PropertyDecorator => field({}, isInt, atLeast(1), atMost(max));

class RoomSettingsRequest {
  @Minutes(60)
  work_duration_minutes?: number | null;

  @Minutes(30)
  break_duration_minutes?: number | null;

  @Flag()
  auto_start_break?: boolean | null;
}

/** `POST /api/v1/rooms` */
export class CreateRoomRequest extends RoomSettingsRequest {
  @RoomName(true)
  room_name!: string;
}

/** `PATCH /api/v1/rooms/{id}`, and `PUT` */
export class UpdateRoomRequest extends RoomSettingsRequest {
  @RoomName(false)
  room_name?: string | null;

  @OneOf(CONTROLS)
  control?: Control | null;
}

/** `POST …/timer/start`; the default session type is work. */
export class StartSessionRequest {
  @OneOf(['work', 'break'])
  session_type?: 'work' | 'break' | null;
}
