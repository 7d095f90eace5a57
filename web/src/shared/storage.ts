const PREFIX = 'metronome.';

/** What this browser kept under a name; undefined where it keeps nothing, as in some private windows. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text in this browser, or forgets it. */
export function remember(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

/** What was kept with {@link rememberJson}; undefined for nothing and for what cannot be read. */
export function recallJson(name: string): unknown {
  try {
    return JSON.parse(recall(name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export const rememberJson = (name: string, value: unknown): void => {
  remember(name, JSON.stringify(value));
};
