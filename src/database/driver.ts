import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** TypeORM's driver, which is PostgreSQL's in every mode. */
export const driverOf = ({ driver }: DataSource): PostgresDriver => driver as PostgresDriver;

/** The one pool of connections, TypeORM's own. */
export const poolOf = (dataSource: DataSource): Pool => driverOf(dataSource).master as Pool;
