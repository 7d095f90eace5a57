import { createContext, useCallback, useContext } from 'react';

import { problemText } from '../shared/metronome.js';

/** Tells people something shortly. */
export const News = createContext<(text: string) => void>(() => undefined);

export const useNews = (): ((text: string) => void) => useContext(News);

/** Does something and says what went wrong. @returns whether it went well */
export function useAttempt(): (act: () => Promise<unknown>) => Promise<boolean> {
  const tell = useNews();
  return useCallback(
    async (act) => {
      try {
        await act();
        return true;
      } catch (error) {
        tell(problemText(error));
        return false;
      }
    },
    [tell],
  );
}
