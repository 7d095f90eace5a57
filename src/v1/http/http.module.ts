import { Module } from '@nestjs/common';

import { IdentityModule } from '../../identity/identity.module.js';
import { Pages } from './paging.js';
import { V1ErrorEnvelope } from './v1-error-envelope.js';

/** What every v1 controller answers with. */
@Module({ imports: [IdentityModule], providers: [V1ErrorEnvelope, Pages], exports: [IdentityModule, Pages] })
export class V1HttpModule {}
