import type { Profile } from '../../identity/users/profiles.js';

/** The object of `GET /v1/users/me` (docs/spec/v1.md#9-usersme). */
export const presentProfile = (profile: Profile) => ({
  id: profile.id,
  display_name: profile.displayName,
  avatar_url: profile.avatarUrl,
  friend_code: profile.friendCode,
  email: profile.email,
  activity_sharing: profile.activitySharing,
  timezone: profile.timezone,
});
