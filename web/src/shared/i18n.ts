import { recall, remember } from './storage.js';

export type Language = 'en' | 'ko';

const CHOSEN = 'language';

/** The language somebody chose here before, else the browser's; English for everybody who reads neither. */
function languageNow(): Language {
  const chosen = recall(CHOSEN);
  if (chosen === 'en' || chosen === 'ko') return chosen;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag === 'en' || tag === 'ko') ?? 'en';
}

/** Settled once per page: another choice loads the page anew. */
export const language = languageNow();

/** Every text of a page in both languages. @returns those of {@link language} */
export const choose = <Texts>(texts: Record<Language, Texts>): Texts => texts[language];

export function switchLanguage(): void {
  remember(CHOSEN, language === 'ko' ? 'en' : 'ko');
  location.reload();
}
