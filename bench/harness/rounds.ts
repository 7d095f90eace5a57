/** The samples of both sides, one per slot. */
export interface Samples<Sample> {
  readonly ours: Sample[];
  readonly opponent: Sample[];
  /** The opponent's error; it is not measured again after one. */
  failure?: string;
}

export type SideName = 'ours' | 'opponent';

/**
 * Measures both sides in turn, A B B A per round, so that drift (heat, a growing table, other load on the machine)
 * affects both alike. Continues without an opponent that fails, for example because it cannot keep up.
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
