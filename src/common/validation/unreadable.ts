/** A value that a field's reader could make nothing of, kept to be shown in the answer. */
export class Unreadable {
  constructor(readonly raw: unknown) {}
}
