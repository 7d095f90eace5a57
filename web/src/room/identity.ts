import type { Joined } from '../../../clients/typescript/src/index.js';
import { recall, recallJson, remember, rememberJson } from '../shared/storage.js';

const keyOf = (roomId: string): string => `me.${roomId}`;

const isJoined = (value: unknown): value is Joined =>
  typeof value === 'object' && value !== null && 'participant_id' in value && 'participant_token' in value;

/** Who this browser is in one room, so that a reload and a second tab are the same person. */
export function identityIn(roomId: string): Joined | undefined {
  const kept = recallJson(keyOf(roomId));
  return isJoined(kept) ? kept : undefined;
}

export const rememberIdentity = (roomId: string, me: Joined): void => {
  rememberJson(keyOf(roomId), me);
};

export const forgetIdentity = (roomId: string): void => {
  remember(keyOf(roomId), undefined);
};

export const rememberedName = (): string | undefined => recall('name');
export const rememberName = (name: string): void => {
  remember('name', name);
};
