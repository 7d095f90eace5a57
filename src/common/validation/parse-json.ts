import secureJson from 'secure-json-parse';

import { countMembers, MAX_IN_ALL, MAX_IN_ONE } from './json-size.js';

/** What such a key holds would be taken for an object's prototype or class by whatever copies or checks it. */
const REMOVE = { protoAction: 'remove', constructorAction: 'remove' } as const;
/** It may spell the key, or hide it behind an escape. */
const MAY_NAME_A_CLASS = /constructor|\\u/;

/** A JSON text with more keys and items than any call's shape has; it is refused before it is parsed. */
export class TooManyMembersError extends Error {
  constructor() {
    super(`more than ${MAX_IN_ONE} keys or items in one object or list, or ${MAX_IN_ALL} in all`);
    this.name = 'TooManyMembersError';
  }
}

/**
 * A JSON text's value without the keys that reach an object's prototype or class, at any depth: they are left out and not
 * refused, as unknown keys are ignored (docs/spec/v1.md#11-requests-and-replies).
 * @throws TooManyMembersError before anything is parsed
 * @throws SyntaxError for what is no JSON
 */
export function parseJson(text: string): unknown {
  const { inOne, inAll } = countMembers(text);
  if (inOne > MAX_IN_ONE || inAll > MAX_IN_ALL) throw new TooManyMembersError();
  return secureJson.parse(text, MAY_NAME_A_CLASS.test(text) ? withoutClass : undefined, REMOVE);
}

/** The library leaves a `constructor` alone that does not look like a class. */
const withoutClass = (key: string, value: unknown): unknown => (key === 'constructor' ? undefined : value);
