import { formatInstant, type TimeZone, UTC } from '../../common/time/time-zone.js';
import { byName, type Tag, type TagGroup } from './tag.js';

/**
 * The Tag object (docs/spec/v1.md#8-tags-and-tag-groups). @param zone the reply's; replies about tags alone are UTC
 * (docs/spec/v1.md#15-timezone)
 */
export function presentTag(tag: Tag, zone: TimeZone = UTC) {
  return {
    id: tag.id,
    name: tag.name,
    color: tag.color,
    description: tag.description,
    group_id: tag.groupId,
    created_at: formatInstant(tag.createdAt, zone),
    updated_at: formatInstant(tag.updatedAt, zone),
  };
}

export type TagObject = ReturnType<typeof presentTag>;

/** The tags an item carries, by name; ids of tags that are gone meanwhile are left out. */
export function presentTags(ids: readonly string[], tags: ReadonlyMap<string, Tag>, zone: TimeZone): TagObject[] {
  return ids
    .flatMap((id) => tags.get(id) ?? [])
    .sort(byName)
    .map((tag) => presentTag(tag, zone));
}

/** The TagGroup object as it is created and changed (docs/spec/v1.md#8-tags-and-tag-groups). */
export function presentTagGroup(group: TagGroup) {
  return {
    id: group.id,
    name: group.name,
    color: group.color,
    description: group.description,
    goal_ratios: group.goalRatios,
    created_at: formatInstant(group.createdAt, UTC),
    updated_at: formatInstant(group.updatedAt, UTC),
  };
}

/** The TagGroup object as it is read: with its tags. @param tags by name */
export function presentTagGroupWithTags(group: TagGroup, tags: readonly Tag[]) {
  return { ...presentTagGroup(group), tags: tags.map((tag) => presentTag(tag)) };
}
