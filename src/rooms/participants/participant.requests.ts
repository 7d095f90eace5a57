import { atLeastCharacters, atMostCharacters, field, isStorable, isString } from '../../common/validation/rules.js';

/** `POST /api/v1/rooms/{room_id}/participants` */
export class JoinRequest {
  @field({ required: true }, isString, atLeastCharacters(1), atMostCharacters(50), isStorable)
  participant_name!: string;
}
