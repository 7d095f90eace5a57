/** What the two sides measured, one sample per slot. */
export interface Samples<Sample> {
  readonly ours: Sample[];
  readonly opponent: Sample[];
}

/**
 * Measures both sides in turn, A B B A per round, so that whatever drifts (heat, a growing table, neighbours on the
 * machine) falls on both alike.
 */
export async function inRounds<Sample>(
  rounds: number,
  measure: Readonly<Record<keyof Samples<Sample>, () => Promise<Sample>>>,
): Promise<Samples<Sample>> {
  const samples: Samples<Sample> = { ours: [], opponent: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of ['ours', 'opponent', 'opponent', 'ours'] as const) samples[side].push(await measure[side]());
  }
  return samples;
}
