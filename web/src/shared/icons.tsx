import type { ReactElement } from 'react';

/** Icons on a grid of 24 units, drawn in the text's colour; a text or label always states their meaning. */
const PATHS = {
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 5.5v13m7-13v13',
  stop: 'M7 7h10v10H7z',
  reset: 'M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.8m0-4.8v4.8h4.8',
  share: 'M12 15V4m0 0L8 8m4-4l4 4M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5',
  copy: 'M9 9h10v11H9zM6 15H5V4h10v1',
  settings: 'M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5v5m-6 5v5',
  close: 'M6 6l12 12M18 6L6 18',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4',
  plus: 'M12 5v14M5 12h14',
  edit: 'M4.5 19.5l1-4L16 5l3 3L8.5 18.500zM14 7l3 3',
  check: 'M5 12.5l4.5 4.500L19 7',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 19.500c0-3.5 2.5-5.5 6-5.500s6 2 6 5.500M16 4.500a3.5 3.5 0 0 1 0 6M17.5 14.500c2.2.7 3.5 2.4 3.5 5',
  devices: 'M3 5h14v3M3 5v10h9M1.5 18.5H12M16 10.5h5.5v9H16z',
  arrow: 'M5 12h13m-5-5l5 5-5 5',
  leave: 'M10 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h4m4-10l4 3-4 3m4-3H10',
} as const;

export type IconName = keyof typeof PATHS;

const FILLED: readonly IconName[] = ['play', 'stop'];

export function Icon({ name }: { readonly name: IconName }): ReactElement {
  const fill = FILLED.includes(name) ? 'currentColor' : 'none';
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill={fill}
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export function Logo(): ReactElement {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="12.5" fill="none" stroke="currentColor" strokeWidth="3" opacity="0.28" />
      <path
        d="M16 3.500A12.5 12.5 0 1 1 5.2 9.7"
        fill="none"
        stroke="currentColor"
        strokeWidth="3.4"
        strokeLinecap="round"
      />
      <path
        d="M16 9.500V16l4 2.6"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
