import { Failure } from '../common/errors.js';

/** No such room, or no UUID at all (docs/spec/rooms.md#errors). */
export class RoomNotFoundError extends Failure {
  readonly code = 'ROOM_NOT_FOUND';

  /** @param rawId as it was sent */
  constructor(rawId: string) {
    super(`Room with id '${rawId.slice(0, 200)}' not found`);
  }
}

/** Everybody who may be in the room is there (docs/spec/rooms.md#limits). */
export class RoomFullError extends Failure {
  readonly code = 'MAX_PARTICIPANTS_REACHED';

  constructor(max: number) {
    super(`Room is full (${max} participants)`);
  }
}

/** Only the host may do this, and no proof or a wrong one was shown. */
export class NotHostError extends Failure {
  readonly code = 'FORBIDDEN';

  /** @param what `delete the room`, `change the room`, `control the timer` */
  constructor(what: string) {
    super(`Only room host can ${what}`);
  }
}

/** The participant token is unknown, or was forgotten after a day without a socket. */
export class InvalidParticipantTokenError extends Failure {
  readonly code = 'UNAUTHORIZED';

  constructor() {
    super('Invalid token');
  }
}

/** The call names a participant who is not there. */
export class ParticipantForbiddenError extends Failure {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('Only the participant or the room host can remove a participant');
  }
}
