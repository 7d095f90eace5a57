import { buildWhenNeeded } from './build-when-needed.mjs';

buildWhenNeeded();
