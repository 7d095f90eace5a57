import type { Seconds } from './date-time.js';
import type { TimeZone } from './time-zone.js';

const DAY_SECONDS = 86_400;

/**
 * The first second of a day in a zone. It is not always midnight (clocks may go forward at midnight), it is the earlier
 * of two midnights (clocks may go back), and it is not always 24 hours after the previous one.
 * @param day days since 1970-01-01
 */
export function startOfDay(day: number, zone: TimeZone): Seconds {
  const midnight = day * DAY_SECONDS;
  const one = midnight - zone.offsetAt(midnight - DAY_SECONDS);
  const other = midnight - zone.offsetAt(midnight + DAY_SECONDS);
  if (one === other) return one;
  return firstSecondAt(midnight, zone, Math.min(one, other), Math.max(one, other));
}

/** The local calendar day in a zone, in days since 1970-01-01. */
export const dayAt = (instant: Seconds, zone: TimeZone): number =>
  Math.floor((Math.floor(instant) + zone.offsetAt(Math.floor(instant))) / DAY_SECONDS);

/** The first second at which a zone's local time reaches `shown`, between two instants around a clock change. */
function firstSecondAt(shown: Seconds, zone: TimeZone, earliest: Seconds, latest: Seconds): Seconds {
  let [low, high] = [earliest, latest];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (middle + zone.offsetAt(middle) >= shown) high = middle;
    else low = middle + 1;
  }
  return low;
}
