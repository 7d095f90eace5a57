import type { PreparedStatement } from './prepared-statement.js';
import type { ArrayElement } from './pg-array.js';

/**
 * A row that another module writes in the statement of a command: both are committed or neither is. When the row is
 * there already, the command was carried out before, and nothing is written.
 */
export interface Companion {
  readonly sql: CompanionSql;
  /** Values of {@link CompanionSql.columns}. @param outcome of the command; its place in the log is not known yet */
  values(outcome: unknown): readonly ArrayElement[];
  /**
   * The outcome of the command that wrote the row which was found.
   * @param row with {@link CompanionSql.found}
   * @throws when that was another command
   */
  repeat(row: object): unknown;
}

/** The SQL of all companions of one module. */
export interface CompanionSql {
  /** Columns of `keep`, each with the type of its array, after the id of the timer. */
  readonly columns: Readonly<Record<string, string>>;
  /** A query over `keep k` for `k.timer_id` and the columns of {@link found} of the rows that are there already. */
  readonly select: string;
  /** Columns that the statement returns of a row that is there already, each with its type and its name in `select`. */
  readonly found: readonly { readonly name: string; readonly type: string; readonly column: string }[];
  /** A statement that inserts the rows of `keep k` for which the condition holds. */
  readonly insert: (condition: string) => string;
  /** Whether a row of the statement tells of a row that is there already. */
  isFound(row: object): boolean;
  /** The query for rows that are there already, and what it found of a companion. */
  lookUp(companions: readonly Companion[]): PreparedStatement;
  rowOf(companion: Companion, rows: readonly unknown[]): object | undefined;
}
