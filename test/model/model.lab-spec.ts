import fc from 'fast-check';

import { commands } from './commands.js';
import { Model } from './model.js';
import { newRooms, World } from './world.js';

/** `npm run lab -- model 5000` before a release. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 500);
/** Worlds side by side, each with a server of its own: while one waits for PostgreSQL the other goes on. */
const WORLDS = 2;

describe('the server', () => {
  let worlds: World[];

  beforeAll(async () => {
    worlds = await Promise.all(Array.from({ length: WORLDS }, () => World.open()));
  });

  afterAll(() => Promise.all(worlds.map((world) => world.close())));

  it(
    `does what the model says, through all three generations, in ${RUNS} random sequences`,
    async () => {
      await Promise.all(worlds.map((world) => fc.assert(asTheModelSays(world), { numRuns: Math.ceil(RUNS / WORLDS) })));
    },
    RUNS * 2_000 + 60_000,
  );
});

const asTheModelSays = (world: World) =>
  fc.asyncProperty(fc.scheduler(), commands, async (scheduler, steps) => {
    const model = new Model(newRooms(), world.now);
    await world.begin(scheduler);
    try {
      await fc.scheduledModelRun(scheduler, () => ({ model, real: world }), steps);
      await scheduler.waitIdle();
      await world.quiet();
      model.now = world.now;
      await world.expectAsIn(model);
      await world.expectDevicesAsIn(model);
      expect(await world.history.problems(world.house.dataSource)).toEqual([]);
    } finally {
      await world.end();
    }
  });
