import type { Random } from '../crash/random.js';

export type Json = Record<string, unknown>;

const deep = (depth: number): unknown => {
  let value: unknown = 'bottom';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** As wide and as long as a frame may be: 128 KiB of keys, and of items. */
const wide = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`k${index}`, index]));
const long = Array.from({ length: 3_000 }, (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);

/** What clients never mean and attackers send: wrong types, huge, deep, Unicode oddities, NUL, prototype keys. */
const ODDITIES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  2_147_483_648,
  '',
  ' ',
  '0',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '‮\u200b\ufeff',
  'é'.normalize('NFD'),
  '🏳️‍🌈'.repeat(64),
  'x'.repeat(256),
  'x'.repeat(10_001),
  'x'.repeat(60_000),
  `'; DROP TABLE timers; --`,
  '${7*7}{{7*7}}<script>alert(1)</script>',
  '%00%2e%2e%2f',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '2026-13-45T99:99:99Z',
  '9999-12-31T23:59:59+14:00',
  '0000-00-00',
  '+275760-09-13',
  'NaN',
  'Infinity',
  'FREQ=SECONDLY',
  'FREQ=DAILY;COUNT=10000;INTERVAL=1000',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  [],
  [null],
  Array.from({ length: 300 }, (_, index) => index),
  {},
  { $ne: null },
  { toString: 1, valueOf: 2, then: 3 },
  deep(40),
  deep(3_000),
  wide,
  long,
  Array.from({ length: 500 }, () => ({ start: '2026-11-01T00:00:00Z', end: '2026-11-01T00:01:00Z' })),
];
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', '', '\0', 'x'.repeat(2_000), 'hasOwnProperty', 'id'];

/** Makes something else of what a client would send. */
export class Mutator {
  constructor(private readonly random: Random) {}

  oddity(): unknown {
    return this.random.pick(ODDITIES);
  }

  /** The value with one thing changed somewhere in it. */
  mutate(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.random.next() < 0.1) return this.oddity();
    const copy = structuredClone(value) as Json;
    const keys = Object.keys(copy);
    const key = keys.length > 0 ? this.random.pick(keys) : this.random.pick(KEYS);
    const choice = this.random.next();
    if (choice < 0.15) Reflect.deleteProperty(copy, key);
    else if (choice < 0.3) Object.defineProperty(copy, this.random.pick(KEYS), own(this.oddity()));
    else if (choice < 0.5) copy[key] = this.mutate(copy[key]);
    else copy[key] = this.oddity();
    return copy;
  }

  /** JSON as bytes, now and then broken on the way: equal keys, cut off, encodings, more than JSON. */
  encode(value: unknown): Buffer {
    const text = JSON.stringify(value ?? null);
    const broken: readonly (() => Buffer)[] = [
      () => Buffer.from(text.replace('{', '{"title":1,"title":"again",')),
      () => Buffer.from(text.slice(0, this.random.between(0, text.length))),
      () => Buffer.from(`${text}${text}`),
      () => Buffer.from(`\ufeff${text}`),
      () => Buffer.from(text, 'utf16le'),
      () => Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xc3, 0x28, 0xff, 0xfe]), Buffer.from('"}')]),
      () => Buffer.from(`{"title":${'['.repeat(50_000)}`),
      () => Buffer.from(`{"allocated_duration":1${'0'.repeat(5_000)}}`),
      () => Buffer.from(text.replaceAll(':', ':\0')),
      () => Buffer.alloc(0),
    ];
    return this.random.next() < 0.92 ? Buffer.from(text) : this.random.pick(broken)();
  }
}

const own = (value: unknown) => ({ value, enumerable: true, configurable: true, writable: true });
