import { isUuid, parseUuid, readAs } from '../../common/validation/fields.js';
import { rules } from '../../common/validation/rules.js';

/** `/{id}`: any UUID text, else 422 (docs/spec/v1.md#11-requests-and-replies). */
export const PathUuid = (): PropertyDecorator => (target, property) => {
  readAs(parseUuid)(target, property);
  rules(isUuid)(target, property);
};

export class IdPath {
  @PathUuid()
  id!: string;
}
