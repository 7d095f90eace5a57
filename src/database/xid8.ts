import type { ColumnType, DataSource } from 'typeorm';

import { driverOf } from './driver.js';

/** PostgreSQL's 64-bit transaction id, by which readers of a log find their place. TypeORM does not know the type. */
const NAME: string = 'xid8';

/** The column type of a transaction id; the driver delivers it as text. */
export const XID8 = NAME as ColumnType;

/** Lets entities have columns of the type. To be called before the data source is initialised. */
export function supportXid8(dataSource: DataSource): DataSource {
  driverOf(dataSource).supportedDataTypes.push(XID8);
  return dataSource;
}
