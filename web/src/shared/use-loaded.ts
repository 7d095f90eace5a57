import { type DependencyList, useCallback, useEffect, useState } from 'react';

export interface Loaded<Value> {
  /** Undefined until the first response; keeps the last value while another is fetched. */
  readonly value: Value | undefined;
  readonly reload: () => void;
}

/**
 * A value from the server, fetched again whenever a dependency changes; an outdated response is dropped.
 * @param onProblem called with the reason of a failure
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
