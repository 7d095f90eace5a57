import { type DependencyList, useCallback, useEffect, useState } from 'react';

export interface Loaded<Value> {
  /** Undefined until it is there; then the last that came, also while another is fetched. */
  readonly value: Value | undefined;
  readonly reload: () => void;
}

/**
 * Something of the server, fetched anew whenever a dependency changes; an answer that was overtaken is dropped.
 * @param onProblem told why there is none
 */
export function useLoaded<Value>(
  load: () => Promise<Value>,
  dependencies: DependencyList,
  onProblem?: (error: unknown) => void,
): Loaded<Value> {
  const [value, setValue] = useState<Value>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (loaded) => {
        if (isWanted) setValue(loaded);
      },
      (error: unknown) => {
        if (isWanted) onProblem?.(error);
      },
    );
    return () => {
      isWanted = false;
    };
  }, [...dependencies, round]);
  const reload = useCallback(() => {
    setRound((before) => before + 1);
  }, []);
  return { value, reload };
}
