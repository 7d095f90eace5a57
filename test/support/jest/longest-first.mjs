import TestSequencer from '@jest/test-sequencer';

/** A minute or two each; whatever else runs takes seconds. */
const LONGEST = ['test/model/model.lab-spec.ts', 'test/fuzz/fuzz.lab-spec.ts'];

/**
 * Jest begins with what took longest the last time, so that no worker is left alone with it at the end; in a clean clone
 * it knows of no last time.
 */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const isLong = ({ path }) => LONGEST.some((name) => path.endsWith(name));
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
