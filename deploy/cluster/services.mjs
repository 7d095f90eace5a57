// The parts of a cluster. A test compares them with docker-compose.yml.

/** Default port of the load balancer. */
export const DEFAULT_PORT = 8000;
export const REDIS_ARGUMENTS = ['--save', '', '--appendonly', 'no'];
export const INSTANCES = ['metronome-a', 'metronome-b'];
/** Health check of each service. */
export const HEALTH = {
  postgres: 'pg_isready',
  redis: 'redis-cli ping',
  metronome: '/health',
  loadBalancer: '/health',
};
/** Grace period of an instance, in seconds. */
export const STOP_WITHIN_SECONDS = 20;

/** Settings of an instance. Settings with a default can be overridden in the environment. */
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

/** Values for the template of the load balancer. */
export const balancerNames = ({ instances, listen }) => ({
  INSTANCE_A: instances[0],
  INSTANCE_B: instances[1],
  LISTEN: listen,
});
