import { Module } from '@nestjs/common';

import { AuthModule } from './auth/auth.module.js';

/** Generation 2: timers, schedules, todos, tags, friends and sharing over REST (contracts/v1.md). */
@Module({ imports: [AuthModule] })
export class V1Module {}
