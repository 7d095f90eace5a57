import { ICalCalendar, ICalCalendarMethod, ICalEvent, type ICalEventData } from 'ical-generator';

const HOUR_SECONDS = 3_600;
/** Octets of a line without its end (RFC 5545, 3.1). */
const MAX_LINE = 75;

const newCalendar = (): ICalCalendar =>
  new ICalCalendar({
    prodId: { company: 'Metronome', product: 'Metronome', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    name: 'Metronome',
    ttl: HOUR_SECONDS,
  });

/** Writes iCalendar (RFC 5545) event by event, so that thousands of them never hold the event loop. */
export class ICalendarText {
  private readonly calendar = newCalendar();
  private readonly parts: Buffer[] = [];

  add(events: readonly ICalEventData[]): void {
    const texts = events.map((event) => fold(new ICalEvent(event, this.calendar).toString()));
    this.parts.push(Buffer.from(texts.join('')));
  }

  /** The whole calendar, in UTF-8. */
  toBuffer(): Buffer {
    const [begin = '', end = ''] = this.calendar.toString().split(/(?=END:VCALENDAR)/);
    return Buffer.concat([Buffer.from(begin), ...this.parts, Buffer.from(`${end}\r\n`)]);
  }
}

/** Lines end in CRLF, and go on in the next one after a space when they are too long. */
const fold = (text: string): string => text.split('\r\n').map(foldLine).join('\r\n');

/** Between characters, never within one. The library's own folding takes milliseconds for a long description. */
function foldLine(line: string): string {
  const bytes = Buffer.from(line);
  if (bytes.length <= MAX_LINE) return line;
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = characterBorder(bytes, from + MAX_LINE - (from === 0 ? 0 : 1));
    pieces.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return pieces.join('\r\n ');
}

/** The last place at or before `index` where a character of UTF-8 begins. */
function characterBorder(bytes: Buffer, index: number): number {
  let border = Math.min(index, bytes.length);
  while (border < bytes.length && ((bytes[border] ?? 0) & 0xc0) === 0x80) border -= 1;
  return border;
}
