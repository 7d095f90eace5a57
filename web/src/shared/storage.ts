const PREFIX = 'metronome.';

/**
 * Reads a text from this browser's storage; undefined if there is none or storage is disabled, as in some private
 * windows.
 */
export function loadText(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a text in this browser, or removes it. */
export function saveText(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // The page works without storage.
  }
}

/** Reads a value saved with {@link saveJson}; undefined if it is missing or not valid JSON. */
export function loadJson(name: string): unknown {
  try {
    return JSON.parse(loadText(name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export const saveJson = (name: string, value: unknown): void => {
  saveText(name, JSON.stringify(value));
};
