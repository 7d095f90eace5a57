/** Midnight at the start of the instant's day, in the reader's zone. */
export function dayStart(instant: Date): Date {
  return new Date(instant.getFullYear(), instant.getMonth(), instant.getDate());
}

/** Adds calendar days. */
export const addDays = (day: Date, days: number): Date =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

/** The Monday on or before a day. */
export const mondayOf = (day: Date): Date => addDays(dayStart(day), -((day.getDay() + 6) % 7));
