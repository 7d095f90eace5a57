/** Midnight before an instant, in the reader's zone. */
export function dayStart(instant: Date): Date {
  return new Date(instant.getFullYear(), instant.getMonth(), instant.getDate());
}

/** The day so many days later, by the calendar. */
export const addDays = (day: Date, days: number): Date =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

/** The Monday on or before a day. */
export const mondayOf = (day: Date): Date => addDays(dayStart(day), -((day.getDay() + 6) % 7));
