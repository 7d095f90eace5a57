import { DataSource } from 'typeorm';

import { migrate } from '../../src/database/migrate.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createDatabase } from '../support/database.js';

describe('migrations', () => {
  let app: TestApp;

  beforeAll(async () => {
    const connection = await createDatabase({ empty: true });
    await migrate(connection);
    app = await startTestApp({ connection });
  });

  afterAll(() => app.close());

  it('leave nothing for a generated migration to do', async () => {
    const { upQueries } = await app.app.get(DataSource).driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('make no table that no entity describes, so that the check above sees all of them', async () => {
    const dataSource = app.app.get(DataSource);
    const tables: { name: string }[] = await dataSource.query(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relispartition AND relname <> 'migrations' ORDER BY 1`,
    );
    const described = dataSource.entityMetadatas.map(({ tableName }) => tableName).sort();
    expect(described).toEqual(tables.map(({ name }) => name));
  });

  it('can be run by several instances at once, on an empty database', async () => {
    const connection = await createDatabase({ empty: true });
    await Promise.all([migrate(connection), migrate(connection), migrate(connection)]);
    await expect(migrate(connection)).resolves.toBeUndefined();
  });
});
