import { type DynamicModule, Module } from '@nestjs/common';

import { Origins } from '../common/http/origins.js';
import { SETTINGS, type Settings } from './settings.js';

/** Provides the settings under {@link SETTINGS}, and their rules for origins as {@link Origins}. */
@Module({})
export class ConfigModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: Origins, useValue: originsOf(settings) },
      ],
      exports: [SETTINGS, Origins],
    };
  }
}

const originsOf = ({ http }: Settings): Origins =>
  new Origins({
    publicUrl: http.publicUrlGiven ? http.publicUrl : undefined,
    allowedOrigins: http.corsAllowedOrigins,
    trustProxy: http.trustProxy,
  });
