import { language } from './i18n.js';

const two = (value: number): string => String(value).padStart(2, '0');

/** `24:59`, or `1:02:03` from one hour. @param seconds whole, not negative */
export function clockText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

const UNITS = {
  en: { hours: ' h', minutes: ' min', seconds: ' s' },
  ko: { hours: '시간', minutes: '분', seconds: '초' },
}[language];

/** `1 h 25 min`. @param seconds whole, not negative */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds}${UNITS.seconds}`;
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const parts = [hours > 0 ? `${hours}${UNITS.hours}` : '', minutes > 0 ? `${minutes}${UNITS.minutes}` : ''];
  return parts.filter(Boolean).join(' ');
}

/** For screen readers: `24 minutes 59 seconds`. @param seconds whole, not negative */
export function spokenDuration(seconds: number): string {
  const say = (value: number, unit: 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const parts = [hours > 0 ? say(hours, 'hour') : '', minutes > 0 ? say(minutes, 'minute') : ''];
  return [...parts, say(seconds % 60, 'second')].filter(Boolean).join(' ');
}

const timeOfDay = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(language, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});
const fullDay = new Intl.DateTimeFormat(language, { weekday: 'long', month: 'long', day: 'numeric' });
const weekday = new Intl.DateTimeFormat(language, { weekday: 'short' });
const day = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric' });

/** Formats an instant in the reader's zone. @param instant ISO text, milliseconds or a date */
export const timeText = (instant: string | number | Date): string => timeOfDay.format(new Date(instant));
export const dayTimeText = (instant: string | number | Date): string => dayAndTime.format(new Date(instant));
export const fullDayText = (instant: string | number | Date): string => fullDay.format(new Date(instant));
export const weekdayText = (instant: string | number | Date): string => weekday.format(new Date(instant));
export const dayText = (instant: string | number | Date): string => day.format(new Date(instant));

/** The date in the reader's zone, `YYYY-MM-DD`. */
export const localDate = (date: Date): string =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** The IANA name of the reader's zone. */
export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
