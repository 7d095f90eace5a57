import type { ServerMessage, ServerMessages, ServerMessageType } from './messages.js';

export type MessageListener<Type extends ServerMessageType> = (
  payload: ServerMessages[Type],
  message: ServerMessage<Type>,
) => void;

/** Message listeners by type. */
export class Events {
  readonly #listeners = new Map<string, Set<(message: ServerMessage) => void>>();

  /** @returns a function that removes the listener */
  on<Type extends ServerMessageType>(type: Type, listener: MessageListener<Type>): () => void {
    const heard = (message: ServerMessage): void => {
      listener(message.payload as ServerMessages[Type], message as ServerMessage<Type>);
    };
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(heard));
    return () => {
      listeners.delete(heard);
    };
  }

  emit(message: ServerMessage): void {
    for (const listener of [...(this.#listeners.get(message.type) ?? [])]) listener(message);
  }
}
