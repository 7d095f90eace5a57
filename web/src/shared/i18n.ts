import { loadText, saveText } from './storage.js';

export type Language = 'en' | 'ko';

const CHOSEN = 'language';

/** The language chosen in this browser, else the browser's preference, else English. */
function languageNow(): Language {
  const chosen = loadText(CHOSEN);
  if (chosen === 'en' || chosen === 'ko') return chosen;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag === 'en' || tag === 'ko') ?? 'en';
}

/** Fixed per page; changing the language reloads it. */
export const language = languageNow();

/** Requires every text in both languages. @returns the texts in {@link language} */
export const choose = <Texts>(texts: Record<Language, Texts>): Texts => texts[language];

export function switchLanguage(): void {
  saveText(CHOSEN, language === 'ko' ? 'en' : 'ko');
  location.reload();
}
