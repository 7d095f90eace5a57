import { Counter, Gauge, Histogram } from 'prom-client';

/** All metrics of `/metrics`, explained in docs/operations/metrics.md. Times are in seconds. */

const FAST = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export const httpRequests = new Counter({
  name: 'metronome_http_requests_total',
  help: 'HTTP requests by method, route pattern and status',
  labelNames: ['method', 'route', 'status'],
});
export const httpSeconds = new Histogram({
  name: 'metronome_http_request_seconds',
  help: 'Time to answer an HTTP request, by generation',
  labelNames: ['generation'],
  buckets: FAST,
});
export const commands = new Counter({
  name: 'metronome_commands_total',
  help: 'Commands on timers by kind, generation and result (done, refused, unavailable)',
  labelNames: ['kind', 'generation', 'result'],
});
export const batchSize = new Histogram({
  name: 'metronome_write_batch_size',
  help: 'Commands that one statement of the writer queue carried',
  buckets: [1, 2, 4, 8, 16, 32, 64, 128],
});
export const queueWait = new Histogram({
  name: 'metronome_write_queue_wait_seconds',
  help: 'How long a command waited before its statement was sent',
  buckets: FAST,
});
export const commitSeconds = new Histogram({
  name: 'metronome_write_commit_seconds',
  help: 'Time of one statement of the writer queue, its commit included',
  buckets: FAST,
});
export const tickerLateness = new Histogram({
  name: 'metronome_ticker_lateness_seconds',
  help: 'How long after its target a session was completed',
  buckets: [...FAST, 5, 10, 60],
});
export const sockets = new Gauge({
  name: 'metronome_sockets',
  help: 'Open sockets by endpoint and dialect',
  labelNames: ['endpoint', 'dialect'],
});
export const framesIn = new Counter({
  name: 'metronome_socket_frames_received_total',
  help: 'Frames from clients, by endpoint',
  labelNames: ['endpoint'],
});
export const framesOut = new Counter({
  name: 'metronome_socket_frames_sent_total',
  help: 'Writes of frames to clients',
});
export const socketCloses = new Counter({
  name: 'metronome_socket_closes_total',
  help: 'Sockets closed by the server, by code',
  labelNames: ['code'],
});
export const handshakesRefused = new Counter({
  name: 'metronome_handshakes_refused_total',
  help: 'Refused handshakes by status',
  labelNames: ['status'],
});
export const backplaneLag = new Histogram({
  name: 'metronome_backplane_lag_seconds',
  help: 'How long after it was written another instance read a signal',
  buckets: FAST,
});
export const pokeSeconds = new Histogram({
  name: 'metronome_backplane_poke_seconds',
  help: 'From a poke by Redis until what it was about had been told here',
  buckets: FAST,
});
export const changesReadAt = new Gauge({
  name: 'metronome_change_log_read_timestamp_seconds',
  help: 'When the change log was last read to its end, Unix time',
});
