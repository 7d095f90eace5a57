import { Failure } from './common/errors.js';

const HOST = `HOST is an address of this machine, or a name of one: 127.0.0.1 takes connections of this machine alone, :: or
0.0.0.0 those of all.`;

/** The server cannot listen at the configured address. */
export class CannotListenError extends Failure {
  readonly code = 'CANNOT_LISTEN';

  /** @param cause the system error */
  constructor({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException) {
    super(reasonOf(host, port, cause));
  }
}

function reasonOf(host: string, port: number, { code = '', syscall, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'The port is taken: stop what listens there, or set PORT to another one.';
  if (code === 'EACCES') return `This user may not listen on port ${port}: set PORT to 1024 or more.`;
  if (syscall === 'getaddrinfo') return `HOST=${host} is a name that cannot be resolved (${code}). ${HOST}`;
  return `HOST=${host} cannot be listened on (${code || message}). ${HOST}`;
}
