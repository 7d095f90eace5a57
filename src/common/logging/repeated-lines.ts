export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export type Fields = Readonly<Record<string, unknown>>;

/** Fields that tell one occurrence of an event from the next: lines that differ only in these are of the same event. */
const OF_ONE_OCCURRENCE: ReadonlySet<string> = new Set(['requestId', 'timerId', 'count']);
const PERIOD_MS = 1_000;

interface Repetition {
  readonly level: Level;
  /** Of the newest occurrence. */
  fields: Fields;
  /** Occurrences since the last line. */
  times: number;
  readonly timeout: NodeJS.Timeout;
}

/**
 * Writes the first line of an event at once. While the event goes on (a thousand connections have lost their database), it
 * writes one line a second: the newest occurrence with `times`, the number of occurrences since the line before.
 */
export class RepeatedLines {
  private readonly repetitions = new Map<string, Repetition>();

  constructor(private readonly write: (level: Level, fields: Fields) => void) {}

  note(level: Level, fields: Fields): void {
    const key = keyOf(level, fields);
    const repetition = this.repetitions.get(key);
    if (repetition === undefined) {
      this.write(level, fields);
      this.watch(key, level, fields);
    } else {
      repetition.fields = fields;
      repetition.times += 1;
    }
  }

  /** Writes what was counted and not written yet: the process is about to end. */
  flush(): void {
    for (const { level, fields, times, timeout } of this.repetitions.values()) {
      clearTimeout(timeout);
      if (times > 0) this.write(level, { ...fields, times });
    }
    this.repetitions.clear();
  }

  private watch(key: string, level: Level, fields: Fields): void {
    const timeout = setTimeout(() => {
      this.endPeriod(key);
    }, PERIOD_MS).unref();
    this.repetitions.set(key, { level, fields, times: 0, timeout });
  }

  private endPeriod(key: string): void {
    const repetition = this.repetitions.get(key);
    this.repetitions.delete(key);
    if (repetition === undefined || repetition.times === 0) return;
    const { level, fields, times } = repetition;
    this.write(level, { ...fields, times });
    this.watch(key, level, fields);
  }
}

function keyOf(level: Level, fields: Fields): string {
  return JSON.stringify([level, ...Object.entries(fields).filter(([name]) => !OF_ONE_OCCURRENCE.has(name))]);
}
