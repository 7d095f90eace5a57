interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/**
 * Calls back when a reconnect is worth trying: the network is back, or a hidden page, whose timers may have been
 * stopped for hours, is visible again. Never in Node, which has neither event.
 * @returns a function that removes the listeners
 */
export function onWakeUp(wake: () => void): () => void {
  const { document } = globalThis as { readonly document?: Target & { readonly visibilityState: string } };
  const shown = () => {
    if (document?.visibilityState === 'visible') wake();
  };
  const self = globalThis as Target;
  self.addEventListener?.('online', wake);
  document?.addEventListener?.('visibilitychange', shown);
  return () => {
    self.removeEventListener?.('online', wake);
    document?.removeEventListener?.('visibilitychange', shown);
  };
}
