/** A complete statement; under its name it is prepared once per connection. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Executes a statement on the caller's connection. */
export type Execute = (statement: PreparedStatement) => Promise<unknown[]>;
