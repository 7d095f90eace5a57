import { existsSync, readFileSync, statSync } from 'node:fs';

/** The user of the PostgreSQL processes. PostgreSQL refuses to run as root. */
export interface RuntimeUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user for PostgreSQL when this process runs as root: the owner of the data unless that is root, else `postgres`,
 * else `nobody`.
 * @returns undefined when this process is not root; PostgreSQL then runs as the same user
 */
export function runtimeUser(clusterFolder: string): RuntimeUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return ownerOf(clusterFolder) ?? userInPasswd(readFileSync('/etc/passwd', 'utf8'), ['postgres', 'nobody']);
}

function ownerOf(folder: string): RuntimeUser | undefined {
  if (!existsSync(folder)) return undefined;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

/** The first of these users that exists in `/etc/passwd`. */
export function userInPasswd(passwd: string, names: readonly string[]): RuntimeUser | undefined {
  const users = new Map(passwd.split('\n').map((line) => [line.split(':')[0], line.split(':')]));
  const fields = names.map((name) => users.get(name)).find((entry) => entry !== undefined);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}
