import type { VisibilitySetting } from '../../access/visibility.js';
import { formatInstant, UTC } from '../../common/time/time-zone.js';

/** The object of docs/spec/v1.md#11-visibility; its times are UTC (docs/spec/v1.md#15-timezone). */
export const presentVisibility = (setting: VisibilitySetting) => ({
  id: setting.id,
  resource_type: setting.resourceType,
  resource_id: setting.resourceId,
  owner_id: setting.ownerId,
  level: setting.level,
  allowed_user_ids: setting.allowedUserIds,
  allowed_emails: setting.allowedEmails,
  allowed_domains: setting.allowedDomains,
  created_at: formatInstant(setting.createdAt, UTC),
  updated_at: formatInstant(setting.updatedAt, UTC),
});
