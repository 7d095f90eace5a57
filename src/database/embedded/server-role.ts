import { escapeLiteral } from 'pg';

import { runOnce } from '../answer.js';
import type { PostgresConnection } from '../connection.js';

/** The role of the server and the command line: it owns the database and its objects and has no further privileges. */
export const SERVER_ROLE = 'metronome_server';

/**
 * Creates or corrects the server's role, and makes it the owner of the database and of the application's objects. In
 * older data folders they belong to the superuser, which the server used then.
 * @param superuser a connection to the database to be owned
 * @throws the driver's errors
 */
export function prepareServerRole(superuser: PostgresConnection, password: string): Promise<void> {
  return runOnce(
    superuser,
    `${CREATE_ROLE};
     ALTER ROLE ${SERVER_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
       PASSWORD ${escapeLiteral(password)};
     ALTER DATABASE ${superuser.database} OWNER TO ${SERVER_ROLE};
     ${TAKE_OBJECTS}`,
  );
}

const CREATE_ROLE = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVER_ROLE}') THEN CREATE ROLE ${SERVER_ROLE}; END IF;
END $$`;

/** Objects of extensions keep their owner. Indexes and column sequences follow their table. */
const TAKE_OBJECTS = `
DO $$
DECLARE one record;
BEGIN
  FOR one IN
    WITH objects (class, id, owner, kind, name) AS (
      SELECT 'pg_class'::regclass, oid, relowner,
        CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
        oid::regclass::text
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
      UNION ALL
      SELECT 'pg_type'::regclass, oid, typowner, 'TYPE', oid::regtype::text
      FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
      UNION ALL
      SELECT 'pg_proc'::regclass, oid, proowner, 'ROUTINE', oid::regprocedure::text
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
    SELECT kind, name FROM objects
    WHERE owner <> '${SERVER_ROLE}'::regrole AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = id
        AND (d.deptype = 'e' OR kind = 'SEQUENCE' AND d.deptype IN ('a', 'i')))
  LOOP
    EXECUTE format('ALTER %s %s OWNER TO ${SERVER_ROLE}', one.kind, one.name);
  END LOOP;
END $$`;
