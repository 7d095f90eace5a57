import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { SignalFollower } from './signal-follower.js';
import { Signals } from './signals.js';
import { StoredEvent } from './stored-event.entity.js';

/** The log of what is no timer, written with its cause and told to every instance. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([StoredEvent])],
  providers: [Signals, SignalFollower],
  exports: [Signals, SignalFollower],
})
export class SignalsModule {}
