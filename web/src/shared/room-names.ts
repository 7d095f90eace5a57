/** Both lists use only characters that a room's name allows (docs/spec/rooms.md#errors: letters, digits, - and _). */
const ADJECTIVES = [
  'calm',
  'bright',
  'quiet',
  'steady',
  'early',
  'gentle',
  'clear',
  'warm',
  'brave',
  'green',
  'amber',
  'swift',
];
const NOUNS = [
  'otter',
  'maple',
  'harbor',
  'lantern',
  'meadow',
  'comet',
  'heron',
  'willow',
  'canyon',
  'pebble',
  'cedar',
  'tide',
];

const oneOf = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)] ?? 'room';

/** A random room name: `calm-otter-42`. */
export const suggestRoomName = (): string =>
  `${oneOf(ADJECTIVES)}-${oneOf(NOUNS)}-${10 + Math.floor(Math.random() * 90)}`;

/** Turns typed text into a valid room name: spaces become hyphens. */
export const asRoomName = (typed: string): string => typed.trim().replace(/\s+/g, '-');

export const isRoomName = (name: string): boolean => /^[a-zA-Z0-9_-]{3,50}$/.test(name) && /[a-zA-Z0-9]/.test(name);
