/** Whose items a list shows; `all` has one's own first (docs/spec/v1.md#12-lists, docs/spec/v1.md#55-reading-and-editing). */
export const SCOPES = ['mine', 'shared', 'all'] as const;
export type Scope = (typeof SCOPES)[number];
