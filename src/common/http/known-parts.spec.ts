import { knownPart } from './known-parts.js';

const newClass = (): new () => object =>
  class Part {
    readonly id?: unknown;
  };

describe('knownPart', () => {
  it('is made once for a text, frozen, for each class by itself', () => {
    const [one, other] = [newClass(), newClass()];
    const make = jest.fn(() => ({ id: 'a' }));
    const first = knownPart(one, { id: 'a' }, make);
    expect(knownPart(one, { id: 'a' }, make)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(knownPart(other, { id: 'a' }, make)).not.toBe(first);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('does not remember what does not fit, and what is long', () => {
    const part = newClass();
    const refuse = jest.fn(() => undefined);
    const make = jest.fn(() => ({}));
    for (let time = 0; time < 2; time += 1) {
      knownPart(part, { id: 'b' }, refuse);
      knownPart(part, { id: 'b'.repeat(200) }, make);
    }
    expect([refuse.mock.calls.length, make.mock.calls.length]).toEqual([2, 2]);
  });

  it('forgets what was asked for longest ago, of whichever class', () => {
    const classes = Array.from({ length: 20 }, newClass);
    const make = jest.fn(() => ({}));
    const ask = (type: new () => object, id: number) => knownPart(type, { id }, make);
    for (let id = 0; id < 1_000; id += 1) for (const type of classes) ask(type, id);
    make.mockClear();
    for (const type of classes) ask(type, 999);
    expect(make).not.toHaveBeenCalled();
    for (const type of classes) ask(type, 0);
    expect(make).toHaveBeenCalledTimes(20);
  });
});
