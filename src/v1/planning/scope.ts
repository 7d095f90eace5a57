/** Whose items a list shows; `all` has one's own first (v1.md 1.2, 5.5). */
export const SCOPES = ['mine', 'shared', 'all'] as const;
export type Scope = (typeof SCOPES)[number];
