/** How many candidates one recurring schedule may cost (docs/spec/v1.md#63-recurrence). */
export const MAX_CANDIDATES_PER_MASTER = 20_000;

/** How many candidates all schedules of a request may cost together (docs/spec/v1.md#63-recurrence). */
export const MAX_CANDIDATES_PER_REQUEST = 200_000;

/**
 * What expanding may still cost. A candidate is a start that a rule offers, or what a rule makes us look at in vain: a
 * day that another part of it rules out, a value that no day answers (the sixth Monday of a month), a whole period.
 */
export class CandidateBudget {
  private readonly parent: CandidateBudget | undefined;

  /**
   * @param left how many candidates it is good for
   * @param parent pays for each of them too: the request's budget behind a master's
   */
  constructor(
    private left = MAX_CANDIDATES_PER_REQUEST,
    parent?: CandidateBudget,
  ) {
    this.parent = parent;
  }

  /** Pays for candidates. False when that was more than was left; the caller stops. */
  spend(candidates = 1): boolean {
    const paidAbove = this.parent?.spend(candidates) ?? true;
    const paidHere = candidates <= this.left;
    this.left = paidHere ? this.left - candidates : 0;
    return paidHere && paidAbove;
  }

  /** Nothing is left. */
  get exhausted(): boolean {
    return this.left === 0 || this.parent?.exhausted === true;
  }
}
