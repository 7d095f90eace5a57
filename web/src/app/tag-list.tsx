import type { ReactElement } from 'react';

import type { Tag } from '../../../clients/typescript/src/index.js';

/** A tag's colour. The name stands beside it, so colour is never the only sign. */
export function TagDot({ color }: { readonly color: string }): ReactElement {
  return (
    <span
      className="tag-dot"
      aria-hidden="true"
      ref={(element) => {
        element?.style.setProperty('--tag', color);
      }}
    />
  );
}

export function TagList({ tags }: { readonly tags: readonly Tag[] }): ReactElement {
  return (
    <>
      {tags.map(({ id, name, color }) => (
        <span key={id} className="badge tag">
          <TagDot color={color} />
          {name}
        </span>
      ))}
    </>
  );
}
