/** A value that could not be converted, kept so that the reply can show it. */
export class Unreadable {
  constructor(readonly raw: unknown) {}
}
