import { buildWhenNeeded, run } from './build-when-needed.mjs';

buildWhenNeeded();
await run('main.js');
