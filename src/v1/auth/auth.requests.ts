import { Transform } from 'class-transformer';

import { Flag, readAs, Text, Title } from '../../common/validation/fields.js';
import {
  atLeastCharacters,
  atMostCharacters,
  field,
  isStorable,
  isString,
  type Rule,
  valueRule,
} from '../../common/validation/rules.js';
import { normalizePassword } from '../../identity/passwords/password-hasher.js';
import { normalizeEmail } from '../../identity/users/email-address.js';

/** An e-mail address, handed over as it is stored (docs/spec/v1.md#31-own-accounts). */
const Email = (): PropertyDecorator => (target, property) => {
  readAs((value) => (typeof value === 'string' ? normalizeEmail(value) : undefined))(target, property);
  field({ required: true }, isAddress)(target, property);
};

const isAddress = valueRule('text@text with one @ and no spaces', (value) => typeof value === 'string', {
  type: 'string',
});

/** Passwords are never shown again, also not to whoever mistyped one. */
const secret = (rule: Rule): Rule => ({ ...rule, secret: true });

/** A password that somebody chooses: 8–128 characters in the spelling that is hashed (docs/spec/v1.md#31-own-accounts). */
const NewPassword = (): PropertyDecorator => (target, property) => {
  readAs((value) => (typeof value === 'string' ? normalizePassword(value) : value))(target, property);
  const parts = [isString, atLeastCharacters(8), atMostCharacters(128), isStorable].map(secret);
  field({ required: true }, ...parts)(target, property);
};

/** A password, a code or a token that is to be compared. */
const Secret = (max: number, required = true): PropertyDecorator =>
  field({ required }, ...[isString, atMostCharacters(max)].map(secret));

/** In an HttpOnly cookie instead of the body: the variant for browsers (docs/spec/v1.md#31-own-accounts). */
class CookieVariant {
  @Flag()
  @Transform(({ value }: { value: unknown }) => value ?? false)
  cookie?: boolean | null;
}

export class SignUpRequest extends CookieVariant {
  @Email()
  email!: string;

  @NewPassword()
  password!: string;

  @Title()
  display_name?: string | null;
}

export class LogInRequest extends CookieVariant {
  /** Compared, not checked: what is no address opens nothing. */
  @Text({ required: true, max: 1_000 })
  email!: string;

  @Secret(1_000)
  password!: string;
}

export class RefreshRequest {
  @Secret(1_000, false)
  refresh_token?: string | null;
}

export class CodeRequest {
  @Secret(100)
  code!: string;
}

export class ChangePasswordRequest {
  @Secret(1_000)
  password!: string;

  @NewPassword()
  new_password!: string;

  /** Legacy tokens and the calendar address end, too; without it they stay. */
  @Flag()
  end_other_access?: boolean | null;
}

export class ResetCodeRequest {
  @Email()
  email!: string;
}

export class ResetPasswordRequest {
  @Email()
  email!: string;

  @Secret(100)
  code!: string;

  @NewPassword()
  new_password!: string;
}

export class LegacyTokenRequest {
  @Title()
  label?: string | null;
}
