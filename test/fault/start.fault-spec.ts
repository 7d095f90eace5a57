import { isAlive } from '../../src/database/embedded/postmaster-pid.js';
import { Server, temporaryFolder, until } from '../support/server.js';

it('the server goes with the npm that has started it, when npm alone is told to end', async () => {
  const server = new Server({ env: { DATA_DIR: temporaryFolder() } });
  await server.listening();
  const { pid } = server;
  server.endStarter();
  await server.end();
  await until(() => !isAlive(pid), 60_000);
}, 150_000);
