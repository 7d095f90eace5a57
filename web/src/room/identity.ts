import type { Joined } from '../../../clients/typescript/src/index.js';
import { recall, recallJson, remember, rememberJson } from '../shared/storage.js';

/** Who this browser is in one room, so that a reload and a second tab are the same person. */
export type Identity = Pick<Joined, 'participant_id' | 'participant_token' | 'is_host'>;

const keyOf = (roomId: string): string => `me.${roomId}`;

const isIdentity = (value: unknown): value is Identity =>
  typeof value === 'object' && value !== null && 'participant_id' in value && 'participant_token' in value;

export function identityIn(roomId: string): Identity | undefined {
  const kept = recallJson(keyOf(roomId));
  return isIdentity(kept) ? kept : undefined;
}

export function rememberIdentity(roomId: string, me: Joined): void {
  const { participant_id, participant_token, is_host } = me;
  rememberJson(keyOf(roomId), { participant_id, participant_token, is_host });
}

export const forgetIdentity = (roomId: string): void => {
  remember(keyOf(roomId), undefined);
};

export const rememberedName = (): string | undefined => recall('name');
export const rememberName = (name: string): void => {
  remember('name', name);
};
