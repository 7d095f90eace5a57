import { setTimeout as sleep } from 'node:timers/promises';

const TURN_MS = 5;

/** Calls `act` at a steady rate (open loop): a late turn makes up for what it missed. */
export async function atRate(perSecond: number, forMs: number, act: () => void): Promise<void> {
  const began = performance.now();
  let done = 0;
  for (let passed = 0; passed < forMs; passed = performance.now() - began) {
    for (const due = (passed / 1_000) * perSecond; done < due; done += 1) act();
    await sleep(TURN_MS);
  }
}
