import { OneOf, Text, Title } from '../../common/validation/fields.js';
import { atMostCharacters, field, isStorable, isString, valueRule } from '../../common/validation/rules.js';
import { ACTIVITY_SHARING, type ActivitySharing } from '../../identity/users/user.entity.js';

const MAX_URL = 2_048;

const isWebAddress = valueRule(
  'an http or https URL',
  (value) => typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
);

/** `PATCH /v1/users/me` */
export class UpdateProfileRequest {
  @Title()
  display_name?: string | null;

  @field({}, isString, atMostCharacters(MAX_URL), isStorable, isWebAddress)
  avatar_url?: string | null;

  @OneOf(ACTIVITY_SHARING)
  activity_sharing?: ActivitySharing | null;

  @Text({ max: 255 })
  timezone?: string | null;
}

/** `DELETE /v1/users/me` */
export class DeleteAccountRequest {
  @field({}, { ...isString, secret: true }, { ...atMostCharacters(1_000), secret: true })
  password?: string | null;
}
