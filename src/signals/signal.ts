export type { NewStoredEvent as NewSignal, StoredEvent as Signal } from './stored-events.js';
