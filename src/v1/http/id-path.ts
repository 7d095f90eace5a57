import { readAs, parseUuid } from '../../common/validation/fields.js';
import { rules } from '../../common/validation/rules.js';

/** `/{id}`: any UUID text, else 422 (v1.md 1.1). */
export const PathUuid = (): PropertyDecorator => (target, property) => {
  readAs(parseUuid)(target, property);
  rules({
    type: 'uuid_parsing',
    msg: 'Input should be a valid UUID, unable to parse string as a UUID',
    ctx: { error: 'unable to parse string as a UUID' },
    holds: (value) => typeof value === 'string',
  })(target, property);
};

export class IdPath {
  @PathUuid()
  id!: string;
}
