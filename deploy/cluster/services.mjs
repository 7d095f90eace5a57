// What a cluster consists of: the same as docker-compose.yml describes, which a test compares with this.

/** Where clients reach a cluster unless they are told otherwise. */
export const DEFAULT_PORT = 8000;
export const REDIS_ARGUMENTS = ['--save', '', '--appendonly', 'no'];
export const INSTANCES = ['metronome-a', 'metronome-b'];
/** What tells that a service can be used. */
export const HEALTH = {
  postgres: 'pg_isready',
  redis: 'redis-cli ping',
  metronome: '/health',
  loadBalancer: '/health',
};
/** How long an instance may take for its orderly end, in seconds. */
export const STOP_WITHIN_SECONDS = 20;

/** The settings of an instance; those with a default of their own can be given in the environment. */
export function instanceSettings({ databaseUrl, redisUrl, publicUrl, port, dataDir }) {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JWT_SECRET: process.env.JWT_SECRET ?? 'a secret of a cluster on one machine, for trying it out',
    PUBLIC_URL: process.env.PUBLIC_URL ?? publicUrl,
    TRUST_PROXY: '1',
    PORT: String(port),
    DATA_DIR: dataDir,
    LOG_FORMAT: 'json',
  };
}

/** What the template of the load balancer is filled with. */
export const balancerNames = ({ instances, listen }) => ({
  INSTANCE_A: instances[0],
  INSTANCE_B: instances[1],
  LISTEN: listen,
});
