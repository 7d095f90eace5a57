import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { createTransport } from 'nodemailer';

import { ServiceUnavailableError } from '../common/errors.js';
import { describeError } from '../common/logging/describe-error.js';
import { SETTINGS, type Settings } from '../config/settings.js';

/** A plain-text mail to one address. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** A server that is away must not keep the caller waiting: 503 within 3 s in all. */
const GIVE_UP_AFTER_MS = 2_500;
const TIMEOUTS = {
  dnsTimeout: GIVE_UP_AFTER_MS,
  connectionTimeout: GIVE_UP_AFTER_MS,
  greetingTimeout: GIVE_UP_AFTER_MS,
  socketTimeout: GIVE_UP_AFTER_MS,
};

/**
 * Sends mail by SMTP; without a server, into files in development and not at all in production
 * (docs/spec/settings.md#settings).
 */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** @throws ServiceUnavailableError when the mail cannot be handed over; it may have been sent all the same */
  async send(mail: Mail): Promise<void> {
    const { smtpUrl } = this.settings.mail;
    if (smtpUrl === undefined && this.settings.production) throw new ServiceUnavailableError();
    try {
      await (smtpUrl === undefined ? this.sendToFile(mail) : withinTime(this.sendBySmtp(smtpUrl, mail)));
    } catch (error) {
      this.logger.error({ msg: 'mail not sent', ...describeError(error) });
      throw new ServiceUnavailableError();
    }
  }

  /** Deletes the files of mails to these addresses, in development: their people are gone. */
  async forget(addresses: readonly string[]): Promise<void> {
    const folder = join(this.settings.dataDir, 'mail');
    const files = await readdir(folder).catch(() => []);
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '');
      if (addresses.some((address) => text.includes(address))) await rm(join(folder, file), { force: true });
    }
  }

  private async sendBySmtp(url: string, mail: Mail): Promise<void> {
    await createTransport({ url, ...TIMEOUTS }).sendMail(this.messageOf(mail));
  }

  /** The log names the file and not what is in it: a code must not end up in logs (docs/architecture.md#logs-and-secrets). */
  private async sendToFile(mail: Mail): Promise<void> {
    const folder = join(this.settings.dataDir, 'mail');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const composer = createTransport({ streamTransport: true, buffer: true });
    const { message } = await composer.sendMail(this.messageOf(mail));
    const file = await writeNewFile(folder, message as Buffer);
    this.logger.log({ msg: 'no SMTP_URL: the mail is in a file', file });
  }

  private messageOf({ to, subject, text }: Mail) {
    const from = this.settings.mail.from ?? 'Metronome <metronome@localhost>';
    // As an object, so that a comma in the address cannot make two of it.
    return { from, to: { name: '', address: to }, subject, text };
  }
}

/** `<time>.eml`, readable by the owner alone; of two mails in one millisecond the second gets the next one. */
async function writeNewFile(folder: string, content: Buffer): Promise<string> {
  for (let time = Date.now(); ; time += 1) {
    const file = join(folder, `${new Date(time).toISOString().replaceAll(':', '-')}.eml`);
    try {
      await writeFile(file, content, { flag: 'wx', mode: 0o600 });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The timeouts of the connection begin anew at each step; this one is for all of it. */
async function withinTime(sending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ServiceUnavailableError());
    }, GIVE_UP_AFTER_MS);
  });
  await Promise.race([sending, late]).finally(() => {
    clearTimeout(timer);
  });
}
