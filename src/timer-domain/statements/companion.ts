import type { PreparedStatement } from './prepared-statement.js';
import type { ArrayElement } from './pg-array.js';

/**
 * A row that another module writes in the statement of a command, so that both are committed or neither is. If the row
 * exists already, the command was executed before, and nothing is written.
 */
export interface Companion {
  readonly sql: CompanionSql;
  /** Values of {@link CompanionSql.columns}. @param outcome of the command, whose id in the log is not known yet */
  values(outcome: unknown): readonly ArrayElement[];
  /**
   * The outcome of the command that wrote the existing row.
   * @param row with the columns of {@link CompanionSql.found}
   * @throws when another command wrote the row
   */
  repeat(row: object): unknown;
}

/** The SQL for the companions of one module. */
export interface CompanionSql {
  /** The columns of `keep` after the timer's id, each with its type. */
  readonly columns: Readonly<Record<string, string>>;
  /** A query over `keep k` that returns `k.timer_id` and the columns of {@link found} for rows that exist already. */
  readonly select: string;
  /** Columns that the statement returns for a row that exists already, each with its type and its name in `select`. */
  readonly found: readonly { readonly name: string; readonly type: string; readonly column: string }[];
  /** A statement that inserts the rows of `keep k` for which the condition holds. */
  readonly insert: (condition: string) => string;
  /** Whether a result row of the statement stands for a companion row that exists already. */
  isFound(row: object): boolean;
  /** The query for companion rows that exist already; {@link rowOf} finds a companion's row in its result. */
  lookUp(companions: readonly Companion[]): PreparedStatement;
  rowOf(companion: Companion, rows: readonly unknown[]): object | undefined;
}
