/** Both lists keep to what a room's name may hold (rooms.md: letters, digits, - and _). */
const HOW = [
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
const WHAT = [
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

/** A name that nobody has to think about: `calm-otter-42`. */
export const suggestRoomName = (): string => `${oneOf(HOW)}-${oneOf(WHAT)}-${10 + Math.floor(Math.random() * 90)}`;

/** What somebody typed, as a room may be called: spaces become hyphens. */
export const asRoomName = (typed: string): string => typed.trim().replace(/\s+/g, '-');

export const isRoomName = (name: string): boolean => /^[a-zA-Z0-9_-]{3,50}$/.test(name) && /[a-zA-Z0-9]/.test(name);
