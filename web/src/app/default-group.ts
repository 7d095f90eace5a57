import { metronome } from '../shared/metronome.js';
import { texts } from './texts.js';

let known: Promise<string> | undefined;

metronome.auth.tokens.subscribe((tokens) => {
  // The next user to sign in has other groups.
  if (tokens === null) known = undefined;
});

/**
 * The tag group for new tags and todos of this page: the user's first, created if there is none
 * (docs/spec/v1.md#8-tags-and-tag-groups).
 */
export function defaultGroup(): Promise<string> {
  known ??= firstGroup().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function firstGroup(): Promise<string> {
  const [first] = await metronome.tagGroups.list().toArray(1);
  return (first ?? (await metronome.tagGroups.create({ name: texts.plans, color: '#BF3F2A' }))).id;
}
