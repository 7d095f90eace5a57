import { Injectable } from '@nestjs/common';

import { PoolActivity } from '../../database/pool-activity.js';
import type { ClientCommand } from '../messages.js';

/** A command has a reply after this long; docs/spec/sockets.md#both-sockets promises 3 s. */
const PATIENCE_MS = 2_700;
const LOOK_EVERY_MS = 100;

const late = new WeakSet<ClientCommand>();

/** Whether a command was answered at its deadline: what its handler still replies is dropped. */
export const isLate = (command: ClientCommand): boolean => late.has(command);

/**
 * One deadline for each command on a socket, as for a request: while the database keeps it waiting, it is answered at the
 * deadline, whatever its handler still waits for. Its effect may follow, as after any such answer. A command that takes long
 * for another reason is let finish. The next command waits for the handler all the same, so commands of one connection
 * never overtake each other.
 */
@Injectable()
export class CommandDeadlines {
  constructor(private readonly activity: PoolActivity) {}

  /**
   * @param answer replies that the service is unavailable
   * @returns ends the deadline; to be called when the handler has ended
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
