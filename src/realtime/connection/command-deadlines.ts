import { Injectable } from '@nestjs/common';

import { AnswerDeadlines } from '../../common/answer-deadlines.js';
import { PoolActivity } from '../../database/pool-activity.js';
import type { ClientCommand } from '../messages.js';

interface WaitingCommand {
  readonly command: ClientCommand;
  /** Sends the reply that the service is unavailable. */
  readonly answer: () => void;
}

const late = new WeakSet<ClientCommand>();

/** Whether a command got its reply at the deadline; a later reply of its handler is dropped. */
export const isLate = (command: ClientCommand): boolean => late.has(command);

/**
 * Sets a deadline for each command on a socket, as for a request (docs/spec/sockets.md#both-sockets). At the deadline, a
 * command gets an error if the database is holding work up; its effect may still follow. The next command always waits
 * for the handler, so commands of one connection never overtake each other.
 */
@Injectable()
export class CommandDeadlines {
  private readonly deadlines: AnswerDeadlines<WaitingCommand>;

  constructor(activity: PoolActivity) {
    this.deadlines = new AnswerDeadlines<WaitingCommand>({
      isHeldUp: () => activity.isHeldUp(),
      answer: ({ command, answer }) => {
        late.add(command);
        answer();
      },
    });
  }

  /**
   * @param answer sends the reply that the service is unavailable
   * @returns a function that cancels the deadline; call it when the handler has ended
   */
  begin(command: ClientCommand, answer: () => void): () => void {
    const waiting = { command, answer };
    this.deadlines.begin(waiting);
    return () => {
      this.deadlines.end(waiting);
    };
  }
}
