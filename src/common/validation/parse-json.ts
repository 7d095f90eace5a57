import secureJson from 'secure-json-parse';

/** What such a key holds would be taken for an object's prototype or class by whatever copies or checks it. */
const REMOVE = { protoAction: 'remove', constructorAction: 'remove' } as const;
/** It may spell the key, or hide it behind an escape. */
const MAY_NAME_A_CLASS = /constructor|\\u/;

/**
 * A JSON text's value without the keys that reach an object's prototype or class, at any depth: they are left out and not
 * refused, as unknown keys are ignored (v1.md 1.1).
 * @throws SyntaxError for what is no JSON
 */
export function parseJson(text: string): unknown {
  return secureJson.parse(text, MAY_NAME_A_CLASS.test(text) ? withoutClass : undefined, REMOVE);
}

/** The library leaves a `constructor` alone that does not look like a class. */
const withoutClass = (key: string, value: unknown): unknown => (key === 'constructor' ? undefined : value);
