import type { ColumnType, DataSource } from 'typeorm';

import { driverOf } from './driver.js';

/** PostgreSQL's 64-bit transaction id, which log readers use as a position. TypeORM does not know the type. */
const NAME: string = 'xid8';

/** The column type of a transaction id; the driver returns it as text. */
export const XID8 = NAME as ColumnType;

/** Registers the type for entity columns. Must be called before the data source is initialized. */
export function supportXid8(dataSource: DataSource): DataSource {
  driverOf(dataSource).supportedDataTypes.push(XID8);
  return dataSource;
}
