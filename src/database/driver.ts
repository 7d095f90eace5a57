import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** TypeORM's driver, which is always the PostgreSQL driver. */
export const driverOf = ({ driver }: DataSource): PostgresDriver => driver as PostgresDriver;

/** TypeORM's connection pool. */
export const poolOf = (dataSource: DataSource): Pool => driverOf(dataSource).master as Pool;
