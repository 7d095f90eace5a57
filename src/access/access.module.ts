import { Module } from '@nestjs/common';

import { Visibility } from './visibility.js';

/** Who is whose friend, who may read what, and who hears of whom. */
@Module({ providers: [Visibility], exports: [Visibility] })
export class AccessModule {}
