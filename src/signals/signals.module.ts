import { Global, Module } from '@nestjs/common';

import { SignalFollower } from './signal-follower.js';
import { Signals } from './signals.js';

/** The log of what is no timer, written with its cause and told to every instance. */
@Global()
@Module({ providers: [Signals, SignalFollower], exports: [Signals, SignalFollower] })
export class SignalsModule {}
