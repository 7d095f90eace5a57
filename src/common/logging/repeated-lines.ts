export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export type Fields = Readonly<Record<string, unknown>>;

/** Fields that differ between occurrences of an event: lines that differ only in these belong to the same event. */
const OF_ONE_OCCURRENCE: ReadonlySet<string> = new Set(['requestId', 'timerId', 'count']);
const PERIOD_MS = 1_000;

interface Repetition {
  readonly level: Level;
  /** The fields of the latest occurrence. */
  fields: Fields;
  /** The number of occurrences since the last line. */
  times: number;
  readonly timeout: NodeJS.Timeout;
}

/**
 * Writes the first line of an event immediately. While the event continues (for example, a thousand connections lose
 * the database), writes one line per second: the latest occurrence, with `times`, the number of occurrences since the
 * previous line.
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

  /** Writes the pending counts; called before the process ends. */
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
