interface Target {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/**
 * Calls back when it is worth a try: the network is there again, or the page is looked at again after timers may have
 * been stopped for hours. Where there is neither (Node), never.
 * @returns a function that ends it
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
