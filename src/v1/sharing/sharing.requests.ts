import { RESOURCE_TYPES, type ResourceType, VISIBILITY_LEVELS, type VisibilityLevel } from '../../access/visibility.js';
import { OneOf, readAs, TextList } from '../../common/validation/fields.js';
import { atMostItems, everyItem, field, isList, isOneOf, rules, valueRule } from '../../common/validation/rules.js';
import { Unreadable } from '../../common/validation/unreadable.js';
import { asciiDomain, normalizeEmail } from '../../identity/users/email-address.js';
import { PathUuid } from '../http/id-path.js';

const MAX_LIST = 200;
const MAX_DOMAIN = 253;
const DOMAIN = /^[^\s@\p{Cc}\p{Surrogate}]+$/u;

/** What comes after an address's `@`, as addresses are kept; undefined for what can be in no address. */
function normalizeDomain(text: string): string | undefined {
  const domain = text.trim().toLowerCase();
  const ascii = DOMAIN.test(domain) ? asciiDomain(domain) : undefined;
  return ascii !== undefined && ascii.length <= MAX_DOMAIN ? ascii : undefined;
}

/** At most 200 texts in the one spelling that they are compared in. */
const ListOf =
  (what: string, normalize: (text: string) => string | undefined): PropertyDecorator =>
  (target, property) => {
    const read = (item: unknown) => (typeof item === 'string' ? normalize(item) : undefined) ?? new Unreadable(item);
    const isWhat = valueRule(what, (item) => typeof item === 'string', { type: 'string' });
    readAs((value) => (Array.isArray(value) ? value.map(read) : undefined))(target, property);
    field({}, isList, atMostItems(MAX_LIST), everyItem(isWhat))(target, property);
  };

export class ResourcePath {
  @rules(isOneOf(RESOURCE_TYPES))
  resource_type!: ResourceType;

  @PathUuid()
  resource_id!: string;
}

/** Who may read (docs/spec/v1.md#11-visibility). Lists that the level does not read are taken and not kept. */
export class VisibilityRequest {
  @OneOf(VISIBILITY_LEVELS, { required: true })
  level!: VisibilityLevel;

  @TextList({ max: 255 })
  allowed_user_ids?: string[] | null;

  @ListOf('text@text with one @ and no spaces', normalizeEmail)
  allowed_emails?: string[] | null;

  @ListOf('the part of an address after its @', normalizeDomain)
  allowed_domains?: string[] | null;
}
