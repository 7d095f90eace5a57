import { DataSource } from 'typeorm';

import { OneSpelling1764000000018 } from '../../migrations/1764000000018-one-spelling.js';
import { startTestApp, type TestApp } from '../support/app.js';

describe('one spelling for what was kept in several', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
    const { dataSource } = app;
    await dataSource.query(`ALTER TABLE mailed_codes DROP COLUMN network`);
    await dataSource.query(`DROP TABLE code_guesses`);
    await dataSource.query(`
      INSERT INTO users (id, email, verified_email, email_proven_at, created_at) VALUES
        ('plain', 'ann@example.com', NULL, NULL, '2026-01-01'),
        ('wide', 'bob@\uff45xample.com', NULL, NULL, '2026-01-01'),
        ('dotted', 'bob@example.com.', NULL, now(), '2026-01-02'),
        ('late', 'ann@example\u3002com', NULL, now(), '2026-01-03'),
        ('outside', NULL, 'eve@b\u00fccher.example', NULL, '2026-01-01')`);
    await dataSource.query(`
      INSERT INTO tag_groups (id, owner_id, name, color, created_at, updated_at)
        VALUES ('00000000-0000-4000-8000-000000000001', 'plain', 'cafe\u0301s', '#FFF', now(), now())`);
    await dataSource.query(`
      INSERT INTO tags (id, owner_id, group_id, name, color, created_at, updated_at)
        SELECT gen_random_uuid(), 'plain', '00000000-0000-4000-8000-000000000001', name, '#FFF', now(), now()
        FROM unnest(ARRAY['caf\u00e9', 'cafe\u0301', 'u\u0308ben']) name`);
    await dataSource.query(`
      INSERT INTO visibility_settings (id, resource_type, resource_id, owner_id, level, allowed_emails, allowed_domains,
          created_at, updated_at)
        VALUES (gen_random_uuid(), 'timer', gen_random_uuid(), 'plain', 'allowed_emails',
          '{eve@b\u00fccher.example,ann@example.com}', '{b\u00fccher.example}', now(), now())`);
    const runner = app.app.get(DataSource).createQueryRunner();
    await new OneSpelling1764000000018().up(runner);
    await runner.release();
  });
  afterAll(() => app.close());

  it('gives a mailbox to the proven account, and to no second one', async () => {
    const rows = await app.dataSource.query<{ id: string; email: string }[]>(
      `SELECT id, coalesce(email, verified_email) AS email FROM users ORDER BY id`,
    );
    expect(Object.fromEntries(rows.map(({ id, email }) => [id, email]))).toEqual({
      dotted: 'bob@example.com',
      late: 'ann@example\u3002com',
      outside: 'eve@xn--bcher-kva.example',
      plain: 'ann@example.com',
      wide: 'bob@\uff45xample.com',
    });
  });

  it('composes the names of tags where the name is free', async () => {
    const names = await app.dataSource.query<{ name: string }[]>(
      `SELECT name FROM tags UNION ALL SELECT name FROM tag_groups`,
    );
    expect(names.map(({ name }) => name).sort()).toEqual(['caf\u00e9', 'cafe\u0301', '\u00fcben', 'caf\u00e9s'].sort());
  });

  it('lets readers in by the address that is kept of them', async () => {
    expect(await app.dataSource.query(`SELECT allowed_emails, allowed_domains FROM visibility_settings`)).toEqual([
      { allowed_emails: ['eve@xn--bcher-kva.example', 'ann@example.com'], allowed_domains: ['xn--bcher-kva.example'] },
    ]);
  });
});
