import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { SignalFollower } from './signal-follower.js';
import { Signals } from './signals.js';
import { StoredEvent } from './stored-event.entity.js';

/** The log of stored events: written in the causing transaction, delivered to every instance. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([StoredEvent])],
  providers: [Signals, SignalFollower],
  exports: [Signals, SignalFollower],
})
export class SignalsModule {}
