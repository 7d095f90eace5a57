/** A value that changes, with subscribers. Works with React's `useSyncExternalStore` and as a Svelte store. */
export interface Observable<Value> {
  /** The current value; the same object until it changes. */
  readonly get: () => Value;
  /** @returns a function that ends the subscription */
  readonly subscribe: (listener: (value: Value) => void) => () => void;
}

/** An {@link Observable} that its owner writes. */
export class Store<Value> implements Observable<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  constructor(private value: Value) {}

  readonly get = (): Value => this.value;

  readonly subscribe = (listener: (value: Value) => void): (() => void) => {
    // A new wrapper, because the same listener may subscribe twice.
    const entry = (value: Value): void => {
      listener(value);
    };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  };

  set(value: Value): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }
}
