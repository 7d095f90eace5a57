import { once } from 'node:events';
import { createServer } from 'node:net';

import { CannotListenError } from './cannot-listen.js';

async function listening(host: string): Promise<Error> {
  const server = createServer().listen(0, host);
  const [error] = (await once(server, 'error')) as [NodeJS.ErrnoException];
  return new CannotListenError({ host, port: 0 }, error);
}

describe('CannotListenError', () => {
  it('names HOST when its name cannot be resolved', async () => {
    const host = 'no-such-host.invalid';
    expect((await listening(host)).message).toMatch(
      /^HOST=no-such-host\.invalid is a name that cannot be resolved \(E/,
    );
  });

  it('names HOST when it is no address of this machine', async () => {
    const expected = /^HOST=192\.0\.2\.1 cannot be listened on \(EADDRNOTAVAIL\)\. HOST is an address of this machine/;
    expect((await listening('192.0.2.1')).message).toMatch(expected);
  });

  it('names PORT when that is the trouble', () => {
    const messageOf = (code: string) =>
      new CannotListenError({ host: '::', port: 80 }, Object.assign(new Error(code), { code, syscall: 'listen' }))
        .message;
    expect(messageOf('EADDRINUSE')).toContain('set PORT to another one');
    expect(messageOf('EACCES')).toBe('This user may not listen on port 80: set PORT to 1024 or more.');
  });
});
