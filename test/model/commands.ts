import fc from 'fast-check';

import type { Model, Step } from './model.js';
import { PEOPLE, ROOMS, type Way, WAYS, type World } from './world.js';

/** A step before it is known which timers there are: a number stands for one of them. */
type Wish =
  | { readonly kind: 'legacyStart' | 'legacyStop' | 'create'; readonly person: number; readonly way: Way }
  | {
      readonly kind: 'verb';
      readonly verb: 'pause' | 'resume' | 'stop' | 'cancel';
      readonly timer: number;
      /** Somebody else tries, every now and then. */
      readonly stranger: boolean;
      readonly way: Way;
    }
  | { readonly kind: 'remove' | 'describe'; readonly timer: number; readonly text: string; readonly way: Way }
  | {
      readonly kind: 'room';
      readonly room: number;
      readonly verb: 'start' | 'pause' | 'resume' | 'reset';
      readonly type: 'work' | 'break';
      readonly way: Way;
    };

interface Told {
  readonly step: Step;
  readonly way: Way;
}

/** What a wish asks for here and now; undefined when there is no timer to ask it of. */
function stepOf(wish: Wish, model: Model, world: World): Told | undefined {
  const { way } = wish;
  if (wish.kind === 'room') return { step: wish, way };
  if ('person' in wish) return { step: { kind: wish.kind, person: wish.person, title: world.newTitle() } as Step, way };
  const timer = model.timers[wish.timer % Math.max(1, model.timers.length)];
  if (timer === undefined) return undefined;
  const { title, owner } = timer;
  if (wish.kind !== 'verb') return { step: { kind: wish.kind, person: owner, title, text: wish.text }, way };
  const person = wish.stranger ? (owner + 1) % PEOPLE : owner;
  return { step: { kind: 'verb', person, title, verb: wish.verb }, way };
}

type Command = fc.AsyncCommand<Model, World>;

/** One after the other: the answer is the model's. */
class One implements Command {
  constructor(private readonly wish: Wish) {}

  check = () => true;

  async run(model: Model, world: World): Promise<void> {
    const told = stepOf(this.wish, model, world);
    if (told === undefined) return;
    model.now = world.now;
    const said = await world.carryOut(told.step, told.way);
    expect({ told, said }).toEqual({ told, said: model.apply(told.step) });
    if (told.step.kind === 'legacyStart') await world.learnIds();
    world.name(model);
  }

  toString = () => JSON.stringify(this.wish);
}

/** Several at the same moment: the answers and what is there afterwards are the model's in one order or another. */
class Together implements Command {
  constructor(private readonly wishes: readonly Wish[]) {}

  check = () => true;

  async run(model: Model, world: World): Promise<void> {
    const told = this.wishes.flatMap((wish) => stepOf(wish, model, world) ?? []);
    model.now = world.now;
    const said = await Promise.all(told.map(({ step, way }) => world.carryOut(step, way)));
    await world.learnIds();
    const seen = await world.seen();
    const orders = permutations(told.map((_, index) => index));
    const fitting = orders.find((order) => {
      const tried = model.copy();
      const answers: string[] = [];
      for (const index of order) {
        answers[index] = tried.apply((told[index] as Told).step);
        world.name(tried);
      }
      return same(answers, said) && world.seenIn(tried) === seen;
    });
    if (fitting === undefined) throw new Error(`no order explains ${JSON.stringify({ told, said, seen })}`);
    for (const index of fitting) {
      model.apply((told[index] as Told).step);
      world.name(model);
    }
  }

  toString = () => `together ${JSON.stringify(this.wishes)}`;
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

/** The clock goes on; some time later the ticker looks, and instances read the log. */
class Later implements Command {
  constructor(private readonly ms: number) {}

  check = () => true;

  run(model: Model, world: World): Promise<void> {
    world.house.clock.ms += this.ms;
    model.now = world.now;
    world.sometime('the ticker looks', () => world.sweep());
    world.sometime('the log is read', () => world.follow());
    return Promise.resolve();
  }

  toString = () => `later ${this.ms} ms`;
}

/** Everything that can be read is the model's. */
class Look implements Command {
  check = () => true;

  async run(model: Model, world: World): Promise<void> {
    model.now = world.now;
    await world.expectAsIn(model);
  }

  toString = () => 'look';
}

/** A device goes away, and comes back where it was, some time. */
class Reconnect implements Command {
  constructor(
    private readonly person: number,
    private readonly device: 0 | 1,
  ) {}

  check = () => true;

  run(_: Model, world: World): Promise<void> {
    return world.reconnect(this.person, this.device);
  }

  toString = () => `device ${this.device} of ${this.person} reconnects`;
}

const person = fc.nat(PEOPLE - 1);
const way = fc.constantFrom(...WAYS);
const timer = fc.nat(30);

const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('legacyStart' as const), person, way }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('legacyStop' as const), person, way }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), person, way }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('verb' as const),
      verb: fc.constantFrom('pause', 'resume', 'stop', 'cancel'),
      timer,
      stranger: fc.nat(9).map((number) => number === 0),
      way,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove', 'describe'),
      timer,
      text: fc.constantFrom('a', 'b'),
      way,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('room' as const),
      room: fc.nat(ROOMS - 1),
      verb: fc.constantFrom('start', 'start', 'pause', 'resume', 'reset'),
      type: fc.constantFrom('work', 'work', 'break'),
      way,
    }),
  },
);

const passes = fc.oneof(
  fc.integer({ min: 1, max: 999 }),
  fc.integer({ min: 1, max: 130 }).map((seconds) => seconds * 1_000),
  fc.constant(300_000),
);

export const commands = fc.commands(
  [
    wish.map((one) => new One(one)),
    wish.map((one) => new One(one)),
    fc.array(wish, { minLength: 2, maxLength: 3 }).map((wishes) => new Together(wishes)),
    passes.map((ms) => new Later(ms)),
    fc.constant(new Look()),
    fc.tuple(person, fc.constantFrom<0 | 1>(0, 1)).map(([who, device]) => new Reconnect(who, device)),
  ],
  { maxCommands: 25, size: 'max' },
);
