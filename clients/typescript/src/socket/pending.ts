import { MetronomeError, notReached } from '../metronome-error.js';
import type { Command, ServerMessage } from './messages.js';

interface Entry {
  readonly command: Command;
  readonly resolve: (answer: ServerMessage) => void;
  readonly reject: (error: MetronomeError) => void;
  readonly timeout: ReturnType<typeof setTimeout>;
  isSent: boolean;
}

/** Unanswered commands, by id (docs/spec/sockets.md#sockets-two-dialects-one-vocabulary: a reply carries its command's id). */
export class Pending {
  private readonly entries = new Map<string, Entry>();

  /** @returns the reply; rejects with an error reply, or after the timeout */
  add(command: Command, withinMs: number): Promise<ServerMessage> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        const { isSent } = this.take(command.id) ?? {};
        reject(isSent === true ? failure('TIMEOUT', 'The server did not answer in time') : notReached());
      }, withinMs);
      this.entries.set(command.id, { command, resolve, reject, timeout, isSent: false });
    });
  }

  /** Commands that no connection has sent yet, in order; they count as sent from now on. */
  unsent(): Command[] {
    const waiting = [...this.entries.values()].filter(({ isSent }) => !isSent);
    for (const entry of waiting) entry.isSent = true;
    return waiting.map(({ command }) => command);
  }

  /** Settles the command that a message replies to, if any. */
  answer(message: ServerMessage): void {
    const entry = message.id === undefined ? undefined : this.take(message.id);
    if (entry === undefined) return;
    if (message.type === 'error') entry.reject(new MetronomeError({ status: 0, ...message.payload }));
    else entry.resolve(message);
  }

  /** The connection was lost; commands sent over it may have taken effect. */
  lost(): void {
    const lost = [...this.entries.values()].filter(({ isSent }) => isSent);
    for (const { command, reject } of lost) {
      this.take(command.id);
      reject(failure('CONNECTION_LOST', 'The connection was lost before the answer came'));
    }
  }

  /** Nothing more will be sent. */
  abandon(error: MetronomeError | null): void {
    this.lost();
    for (const { command, reject } of [...this.entries.values()]) {
      this.take(command.id);
      reject(error ?? closed());
    }
  }

  private take(id: string): Entry | undefined {
    const entry = this.entries.get(id);
    if (entry) clearTimeout(entry.timeout);
    this.entries.delete(id);
    return entry;
  }
}

const failure = (code: string, message: string): MetronomeError => new MetronomeError({ status: 0, code, message });

export const closed = (): MetronomeError => failure('CLOSED', 'The socket is closed');
