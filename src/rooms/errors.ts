import { Failure } from '../common/errors.js';

/** The room does not exist, or the id is not a UUID (docs/spec/rooms.md#errors). */
export class RoomNotFoundError extends Failure {
  readonly code = 'ROOM_NOT_FOUND';

  /** @param rawId the id as sent */
  constructor(rawId: string) {
    super(`Room with id '${rawId.slice(0, 200)}' not found`);
  }
}

/** The room has reached its limit of participants (docs/spec/rooms.md#limits). */
export class RoomFullError extends Failure {
  readonly code = 'MAX_PARTICIPANTS_REACHED';

  constructor(max: number) {
    super(`Room is full (${max} participants)`);
  }
}

/** Only the host may do this, and the caller sent no valid proof of being the host. */
export class NotHostError extends Failure {
  readonly code = 'FORBIDDEN';

  /** @param what `delete the room`, `change the room`, `control the timer` */
  constructor(what: string) {
    super(`Only room host can ${what}`);
  }
}

/** The participant token is unknown, or its participant was removed or forgotten after a day without a socket. */
export class InvalidParticipantTokenError extends Failure {
  readonly code = 'UNAUTHORIZED';

  constructor() {
    super('Invalid token');
  }
}

/** The caller is neither the named participant nor the host of the room. */
export class ParticipantForbiddenError extends Failure {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('Only the participant or the room host can remove a participant');
  }
}
