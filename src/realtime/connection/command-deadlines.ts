import { Injectable } from '@nestjs/common';

import { PoolActivity } from '../../database/pool-activity.js';
import type { ClientCommand } from '../messages.js';

/** Time until a waiting command gets a reply; docs/spec/sockets.md#both-sockets promises 3 s. */
const PATIENCE_MS = 2_700;
const LOOK_EVERY_MS = 100;

const late = new WeakSet<ClientCommand>();

/** Whether a command got its reply at the deadline; a later reply of its handler is dropped. */
export const isLate = (command: ClientCommand): boolean => late.has(command);

/**
 * Sets a deadline for each command on a socket, as for a request. At the deadline, a command gets an error if the
 * database is holding work up; its effect may still follow. A command that is slow for another reason may finish, but
 * is checked again until it does. The next command always waits for the handler, so commands of one connection never
 * overtake each other.
 */
@Injectable()
export class CommandDeadlines {
  constructor(private readonly activity: PoolActivity) {}

  /**
   * @param answer sends the reply that the service is unavailable
   * @returns a function that cancels the deadline; call it when the handler has ended
   */
  begin(command: ClientCommand, answer: () => void): () => void {
    let timeout: NodeJS.Timeout;
    const look = () => {
      if (this.activity.isHeldUp()) {
        late.add(command);
        answer();
      } else timeout = setTimeout(look, LOOK_EVERY_MS).unref();
    };
    timeout = setTimeout(look, PATIENCE_MS).unref();
    return () => {
      clearTimeout(timeout);
    };
  }
}
