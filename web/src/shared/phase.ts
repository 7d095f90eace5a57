/** What a timer is doing, as its colours and its icon in the tab show it. */
export type Phase = 'idle' | 'work' | 'break' | 'paused';
