import { type CommandResult, countSocketCommand } from '../metrics/count-command.js';
import type { ClientCommand } from './messages.js';

/** Counts a socket command if it concerns a timer. */
export function countCommand(command: ClientCommand, result: CommandResult): void {
  if ('owner' in command) countSocketCommand(command.type, command.owner === 'room' ? 'rooms' : 'v1', result);
}
