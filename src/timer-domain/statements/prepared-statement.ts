/** A statement to be sent as it is; with a name it is prepared once per connection. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Sends a statement on the connection that the caller is on. */
export type Execute = (statement: PreparedStatement) => Promise<unknown[]>;
