/** Milliseconds until a call that waits for the database is answered; the contracts promise 3 s. */
const PATIENCE_MS = 2_700;
const LOOK_EVERY_MS = 100;

/** `arriving`: the time so far does not count. `answered`: the deadline is void. */
export type CallState = 'arriving' | 'waiting' | 'answered';

export interface DeadlineOptions<Call> {
  /** Whether the database is holding work up. A call that is slow for another reason may finish. */
  readonly isHeldUp: () => boolean;
  /** Answers that the service is unavailable; the call's work may still take effect. */
  readonly answer: (call: Call) => void;
  /** `waiting` for every call when not given. */
  readonly stateOf?: (call: Call) => CallState;
}

/** One deadline for each call, regardless of the number of its statements. One timeout serves all calls. */
export class AnswerDeadlines<Call> {
  private readonly waitingSince = new Map<Call, number>();
  private isLooking = false;

  constructor(private readonly options: DeadlineOptions<Call>) {}

  begin(call: Call): void {
    this.waitingSince.set(call, performance.now());
    if (!this.isLooking) this.lookLater();
  }

  /** The call was answered, or its caller is gone. */
  end(call: Call): void {
    this.waitingSince.delete(call);
  }

  private lookLater(): void {
    this.isLooking = true;
    setTimeout(() => {
      this.look();
    }, LOOK_EVERY_MS).unref();
  }

  private look(): void {
    const now = performance.now();
    for (const [call, since] of this.waitingSince) {
      if (now - since < PATIENCE_MS) continue;
      const state = this.options.stateOf?.(call) ?? 'waiting';
      if (state === 'arriving') this.waitingSince.set(call, now);
      else if (state === 'answered') this.waitingSince.delete(call);
      else if (this.options.isHeldUp()) {
        this.waitingSince.delete(call);
        this.options.answer(call);
      }
    }
    this.isLooking = this.waitingSince.size > 0;
    if (this.isLooking) this.lookLater();
  }
}
