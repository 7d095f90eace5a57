import { createContext, useCallback, useContext } from 'react';

import { problemText } from '../shared/metronome.js';

/** Shows a short message. */
export const ToastContext = createContext<(text: string) => void>(() => undefined);

export const useToast = (): ((text: string) => void) => useContext(ToastContext);

/** Runs an action and shows a message if it fails. @returns whether it succeeded */
export function useAttempt(): (act: () => Promise<unknown>) => Promise<boolean> {
  const showToast = useToast();
  return useCallback(
    async (act) => {
      try {
        await act();
        return true;
      } catch (error) {
        showToast(problemText(error));
        return false;
      }
    },
    [showToast],
  );
}
