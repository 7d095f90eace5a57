/** The phase of a timer, as colours and the tab's icon show it. */
export type Phase = 'idle' | 'work' | 'break' | 'paused';
