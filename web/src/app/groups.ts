import { metronome } from '../shared/metronome.js';
import { texts } from './texts.js';

let known: Promise<string> | undefined;

metronome.auth.tokens.subscribe((tokens) => {
  // Whoever signs in next has groups of their own.
  if (tokens === null) known = undefined;
});

/** The tag group that new tags and todos of this page belong to: one's first, made when there is none (v1.md 8). */
export function groupForNew(): Promise<string> {
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
