import { type ReactElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import './theme.css';
import { language } from './i18n.js';

/** Renders a page into the root element of its HTML. */
export function mount(page: ReactElement): void {
  document.documentElement.lang = language;
  const place = document.getElementById('root');
  if (place) createRoot(place).render(<StrictMode>{page}</StrictMode>);
}
