import { type DynamicModule, Module } from '@nestjs/common';

import { SETTINGS, type Settings } from './settings.js';

/** Makes the one settings object injectable everywhere under {@link SETTINGS}. */
@Module({})
export class ConfigModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
