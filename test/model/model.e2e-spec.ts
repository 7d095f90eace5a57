import fc from 'fast-check';

import { commands } from './commands.js';
import { Model } from './model.js';
import { newRooms, World } from './world.js';

/** `MODEL_RUNS=5000 npm test -- --selectProjects e2e --testPathPatterns test/model` before a release. */
const WANTED = process.env['MODEL_RUNS'];
const RUNS = Number(WANTED ?? 500);
/** Unless a number was asked for, as many as fit. */
const LIMIT = WANTED === undefined ? { interruptAfterTimeLimit: 40_000 } : {};

describe('the server', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.open();
  });

  afterAll(() => world.house.close());

  it(
    `does what the model says, through all three generations, in random sequences`,
    async () => {
      const started = performance.now();
      let sequences = 0;
      const property = fc.asyncProperty(fc.scheduler(), commands, async (scheduler, steps) => {
        sequences += 1;
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
      await fc.assert(property, { numRuns: RUNS, ...LIMIT });
      const seconds = (performance.now() - started) / 1_000;
      process.stdout.write(`${sequences} sequences in ${seconds.toFixed(1)} s\n`);
    },
    RUNS * 2_000 + 60_000,
  );
});
