import { type AddressInfo, createServer, type Server } from 'node:net';

import { readSettings } from '../../src/config/settings.js';
import { Mailer } from '../../src/mail/mailer.js';

/** As much of an SMTP server as one mail needs. */
function smtpServer(received: string[]): Server {
  return createServer((socket) => {
    let inMail = false;
    socket.on('error', () => undefined).write('220 test\r\n');
    socket.on('data', (data) => {
      const text = data.toString();
      received.push(text);
      if (inMail && !text.endsWith('\r\n.\r\n')) return;
      const wasInMail = inMail;
      inMail = text.startsWith('DATA');
      socket.write(inMail ? '354 go on\r\n' : wasInMail ? '250 kept\r\n' : '250 ok\r\n');
    });
  });
}

describe('Mailer', () => {
  const received: string[] = [];
  const server = smtpServer(received);

  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => server.close());

  it('hands a mail to the SMTP server, to one address whatever it contains', async () => {
    const { port } = server.address() as AddressInfo;
    const settings = readSettings({ SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Metronome <m@example.com>' });
    await new Mailer(settings).send({ to: 'ann,bob@example.com', subject: '인사', text: 'Hello\n' });
    const session = received.join('');
    expect(session).toContain('MAIL FROM:<m@example.com>');
    expect(session.match(/RCPT TO:/g)).toHaveLength(1);
    expect(session).toContain('RCPT TO:<"ann,bob"@example.com>');
    expect(session).toMatch(/\r\n\r\nHello\r\n/);
  });
});
