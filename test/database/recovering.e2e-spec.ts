import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { Client } from 'pg';

import { readSettings } from '../../src/config/settings.js';
import { clientConfig, type DatabaseConnection } from '../../src/database/connection.js';
import { openDatabase } from '../../src/database/open-database.js';
import { createDatabase, urlOf } from '../support/database.js';
import { until } from '../support/server.js';

/** PostgreSQL's answer to a connection while it recovers: an ErrorResponse of these fields. */
const RECOVERING = errorResponse({ S: 'FATAL', V: 'FATAL', C: '57P03', M: 'the database system is in recovery mode' });

function errorResponse(fields: Readonly<Record<string, string>>): Buffer {
  const body = `${Object.entries(fields)
    .map(([type, value]) => `${type}${value}\0`)
    .join('')}\0`;
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(body));
  return Buffer.concat([Buffer.from('E'), length, Buffer.from(body)]);
}

/** A PostgreSQL that recovers from a crash until it is told that it has. */
class Recovering {
  asked = 0;
  private isDone = false;
  private readonly server: Server;

  constructor(private readonly database: DatabaseConnection) {
    this.server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (this.isDone) this.passOn(socket);
      else socket.once('data', () => socket.end(RECOVERING));
      this.asked += 1;
    });
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const url = new URL(urlOf(this.database));
    url.search = '';
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.toString();
  }

  done(): void {
    this.isDone = true;
  }

  stop(): void {
    this.server.close();
  }

  private passOn(socket: Socket): void {
    const { host, port } = new Client(clientConfig(this.database));
    const there = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    there.on('error', () => socket.destroy());
    socket.pipe(there).pipe(socket);
  }
}

it('a start waits for a database that recovers from a crash, and says so', async () => {
  const database = new Recovering(await createDatabase());
  const settings = readSettings({ DATABASE_URL: await database.start() });
  const said: string[] = [];
  const opening = openDatabase(settings, (level, message) => said.push(`${level}: ${message}`));
  await until(() => said.length > 0, 20_000);
  expect(said[0]).toMatch(
    /^warn: PostgreSQL takes no connections yet \(the database system is in recovery mode\); waiting/,
  );
  expect(database.asked).toBeGreaterThan(1);
  database.done();
  const opened = await opening;
  const client = new Client(clientConfig(opened.connection));
  await client.connect();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
  await opened.close();
  database.stop();
});
