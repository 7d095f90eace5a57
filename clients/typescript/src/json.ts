export type Json = Readonly<Record<string, unknown>>;

/** The value if it is an object, else an empty one. */
export const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** @returns undefined for invalid JSON */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
