import { Redis } from 'ioredis';
import type { Client } from 'pg';

/** One table with its indexes; the days of the change log are one. */
export interface Table {
  readonly name: string;
  /** Of the table and its indexes. */
  readonly bytes: number;
  readonly live: number;
  readonly dead: number;
  readonly updates: number;
  readonly deletions: number;
  /** Updates that stayed within their page. */
  readonly hotUpdates: number;
  readonly vacuums: number;
}

/** What PostgreSQL and Redis hold at a moment. */
export interface Stored {
  readonly tables: readonly Table[];
  readonly connections: number;
  readonly deadlocks: number;
  /** Sessions that ended otherwise than by their client's wish. */
  readonly brokenSessions: number;
  readonly redisBytes: number;
  readonly redisClients: number;
}

/** The days of the change log are one table. */
const NAME = `regexp_replace(relname, '_(\\d{8}|default)$', '')`;
const TABLES = `
  SELECT ${NAME} AS name, sum(pg_total_relation_size(relid))::float8 AS bytes,
    sum(n_live_tup)::float8 AS live, sum(n_dead_tup)::float8 AS dead, sum(n_tup_upd)::float8 AS updates,
    sum(n_tup_del)::float8 AS deletions, sum(n_tup_hot_upd)::float8 AS "hotUpdates", sum(vacuum_count + autovacuum_count)::float8 AS vacuums
  FROM pg_stat_user_tables GROUP BY 1 HAVING sum(n_tup_ins) > 0 ORDER BY 2 DESC`;
const UNUSED = `
  SELECT ${NAME} AS name, sum(s.free_space + s.dead_tuple_len)::float8 / greatest(sum(s.table_len), 1) AS unused
  FROM pg_class c, pgstattuple(c.oid) s WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1`;
const DATABASE = `
  SELECT numbackends AS connections, deadlocks::float8 AS deadlocks,
    (sessions_abandoned + sessions_fatal + sessions_killed)::float8 AS "brokenSessions"
  FROM pg_stat_database WHERE datname = current_database()`;

export class StorageProbe {
  private readonly redis: Redis;

  constructor(
    private readonly database: Client,
    redisPort: number,
  ) {
    this.redis = new Redis({ port: redisPort, host: '127.0.0.1' });
  }

  async stored(): Promise<Stored> {
    const { rows: tables } = await this.database.query<Table>(TABLES);
    const { rows } = await this.database.query<Pick<Stored, 'connections' | 'deadlocks' | 'brokenSessions'>>(DATABASE);
    const info = await this.redis.info();
    const fromRedis = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
    return {
      ...(rows[0] ?? { connections: NaN, deadlocks: NaN, brokenSessions: NaN }),
      tables,
      redisBytes: fromRedis('used_memory'),
      redisClients: fromRedis('connected_clients'),
    };
  }

  /** Share of each table's pages that holds nothing that lives: exact, but every page is read. */
  async unused(): Promise<ReadonlyMap<string, number>> {
    const { rowCount } = await this.database.query(`SELECT FROM pg_available_extensions WHERE name = 'pgstattuple'`);
    if (rowCount === 0) return new Map();
    await this.database.query('CREATE EXTENSION IF NOT EXISTS pgstattuple');
    const { rows } = await this.database.query<{ name: string; unused: number }>(UNUSED);
    return new Map(rows.map(({ name, unused }) => [name, unused]));
  }

  async close(): Promise<void> {
    await this.redis.quit();
  }
}
