import type { MigrationInterface, QueryRunner } from 'typeorm';

const DAY_MS = 86_400_000;
const DAYS_AHEAD = 7;
/** Older rows stay in the partition before all days. */
const OLDEST_DAY = 31;

/**
 * Removes the change log's default partition. While one exists, no partition can be detached concurrently, and
 * attaching one takes a lock that stalls every command. Two partitions with bounds, before and after all days, take its
 * place, and its rows get partitions by day.
 */
export class LogDays1764000000015 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`LOCK TABLE timer_changes IN ACCESS EXCLUSIVE MODE`);
    const { today, bounded, former } = await found(queryRunner);
    await queryRunner.query(`ALTER TABLE timer_changes DETACH PARTITION timer_changes_default`);
    const recent = [...bounded, ...former, today].filter((day) => day > today - OLDEST_DAY);
    const first = Math.min(...bounded, ...recent);
    const end = Math.max(...bounded, today + DAYS_AHEAD) + 1;
    for (let day = first; day < end; day += 1) {
      // After a long downtime, one partition covers the gap.
      const next = day < Math.min(...recent) ? (bounded.find((one) => one > day) ?? Math.min(...recent)) : day + 1;
      if (bounded.includes(day)) continue;
      await attach(queryRunner, nameOf(day), `'${iso(day)}'`, `'${iso(next)}'`);
      day = next - 1;
    }
    await attach(queryRunner, 'timer_changes_before', 'MINVALUE', `'${iso(first)}'`);
    await attach(queryRunner, 'timer_changes_rest', `'${iso(end)}'`, 'MAXVALUE');
    await queryRunner.query(`INSERT INTO timer_changes SELECT * FROM timer_changes_default`);
    await queryRunner.query(`DROP TABLE timer_changes_default`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`LOCK TABLE timer_changes IN ACCESS EXCLUSIVE MODE`);
    for (const name of ['timer_changes_before', 'timer_changes_rest']) {
      await queryRunner.query(`ALTER TABLE timer_changes DETACH PARTITION ${name}`);
    }
    await queryRunner.query(`CREATE TABLE timer_changes_default PARTITION OF timer_changes DEFAULT`);
    for (const name of ['timer_changes_before', 'timer_changes_rest']) {
      await queryRunner.query(`INSERT INTO timer_changes SELECT * FROM ${name}`);
      await queryRunner.query(`DROP TABLE ${name}`);
    }
  }
}

/**
 * Days since the epoch: today by the database's clock, days with a partition, days with rows in the default partition.
 */
async function found(
  queryRunner: QueryRunner,
): Promise<{ today: number; bounded: readonly number[]; former: readonly number[] }> {
  const day = (instant: string) => `floor(extract(epoch from ${instant}) / 86400)::int`;
  const days = async (query: string) =>
    ((await queryRunner.query(query)) as { day: number }[]).map((row) => row.day).sort((a, b) => a - b);
  const [today = 0] = await days(`SELECT ${day('now()')} AS day`);
  const bounded = await days(
    `SELECT ${day(`to_timestamp(right(c.relname, 8) || ' UTC', 'YYYYMMDD TZ')`)} AS day
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'timer_changes'::regclass AND c.relname ~ '_[0-9]{8}$'`,
  );
  const former = await days(`SELECT DISTINCT ${day('logged_at')} AS day FROM timer_changes_default`);
  return { today, bounded, former };
}

const iso = (day: number): string => new Date(day * DAY_MS).toISOString();
const nameOf = (day: number): string => `timer_changes_${iso(day).slice(0, 10).replaceAll('-', '')}`;

async function attach(queryRunner: QueryRunner, name: string, from: string, to: string): Promise<void> {
  await queryRunner.query(`CREATE TABLE ${name} PARTITION OF timer_changes FOR VALUES FROM (${from}) TO (${to})`);
}
