import type { Joined } from '../../../clients/typescript/src/index.js';
import { loadText, loadJson, saveText, saveJson } from '../shared/storage.js';

const keyOf = (roomId: string): string => `me.${roomId}`;

const isJoined = (value: unknown): value is Joined =>
  typeof value === 'object' && value !== null && 'participant_id' in value && 'participant_token' in value;

/** This browser's participant in a room, so that a reload or a second tab joins as the same one. */
export function identityIn(roomId: string): Joined | undefined {
  const kept = loadJson(keyOf(roomId));
  return isJoined(kept) ? kept : undefined;
}

export const rememberIdentity = (roomId: string, me: Joined): void => {
  saveJson(keyOf(roomId), me);
};

export const forgetIdentity = (roomId: string): void => {
  saveText(keyOf(roomId), undefined);
};

export const rememberedName = (): string | undefined => loadText('name');
export const rememberName = (name: string): void => {
  saveText('name', name);
};
