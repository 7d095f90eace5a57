/** What the two sides measured, one sample per slot. */
export interface Samples<Sample> {
  readonly ours: Sample[];
  readonly opponent: Sample[];
  /** What the opponent failed with: from then on it was not measured any more. */
  failure?: string;
}

export type SideName = 'ours' | 'opponent';

/**
 * Measures both sides in turn, A B B A per round, so that whatever drifts (heat, a growing table, neighbours on the
 * machine) falls on both alike. An opponent that fails, because it cannot keep up for example, ends nothing.
 * @throws Error when our side fails
 */
export async function inRounds<Sample>(
  rounds: number,
  measure: Readonly<Record<SideName, () => Promise<Sample>>>,
): Promise<Samples<Sample>> {
  const samples: Samples<Sample> = { ours: [], opponent: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of ['ours', 'opponent', 'opponent', 'ours'] as const) {
      if (side === 'ours') samples.ours.push(await measure.ours());
      else if (samples.failure === undefined) await measureOpponent(measure.opponent, samples);
    }
  }
  return samples;
}

async function measureOpponent<Sample>(measure: () => Promise<Sample>, samples: Samples<Sample>): Promise<void> {
  try {
    samples.opponent.push(await measure());
  } catch (error) {
    samples.failure = error instanceof Error ? error.message : String(error);
  }
}
