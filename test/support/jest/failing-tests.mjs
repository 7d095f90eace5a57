import { relative } from 'node:path';

/** Says which test has failed while the others of its suite still run; Jest shows why when the suite is done. */
export default class FailingTests {
  onTestCaseResult({ path }, { fullName, status }) {
    if (status === 'failed') process.stderr.write(`failed: ${relative(process.cwd(), path)}: ${fullName}\n`);
  }
}
