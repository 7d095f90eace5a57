import type { VisibilitySetting } from '../../access/visibility.js';
import { formatInstant, UTC } from '../../common/time/time-zone.js';

/** The object of v1.md 11; its times are UTC (v1.md 1.5). */
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
