/** Lists the partitions, with their bounds in PostgreSQL's notation. */
export const READ_PARTITIONS = `SELECT c.relname AS name, i.inhdetachpending AS detaching,
    pg_get_expr(c.relpartbound, c.oid) AS bounds
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'timer_changes'::regclass`;

/** @param bounds `FOR VALUES FROM … TO …` */
export const createPartition = (name: string, bounds: string): string =>
  `CREATE TABLE ${name} PARTITION OF timer_changes ${bounds}`;
