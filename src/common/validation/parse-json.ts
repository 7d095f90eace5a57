import secureJson from 'secure-json-parse';

import { countMembers, MAX_IN_ALL, MAX_IN_ONE } from './json-size.js';

/**
 * Removes keys whose values would act as an object's prototype or class in code that copies or validates the object.
 */
const REMOVE = { protoAction: 'remove', constructorAction: 'remove' } as const;
/** The text may contain the key, literally or behind an escape. */
const MAY_NAME_A_CLASS = /constructor|\\u/;

/** The JSON text has more keys or items than the shape of any call. It is rejected before it is parsed. */
export class TooManyMembersError extends Error {
  constructor() {
    super(`more than ${MAX_IN_ONE} keys or items in one object or list, or ${MAX_IN_ALL} in all`);
    this.name = 'TooManyMembersError';
  }
}

/**
 * Parses a JSON text without the keys that reach an object's prototype or class, at any depth. These keys are dropped
 * rather than rejected, as unknown keys are ignored (docs/spec/v1.md#11-requests-and-replies).
 * @throws TooManyMembersError before anything is parsed
 * @throws SyntaxError for invalid JSON
 */
export function parseJson(text: string): unknown {
  const { inOne, inAll } = countMembers(text);
  if (inOne > MAX_IN_ONE || inAll > MAX_IN_ALL) throw new TooManyMembersError();
  return secureJson.parse(text, MAY_NAME_A_CLASS.test(text) ? withoutClass : undefined, REMOVE);
}

/** The library keeps a `constructor` key whose value does not look like a class. */
const withoutClass = (key: string, value: unknown): unknown => (key === 'constructor' ? undefined : value);
