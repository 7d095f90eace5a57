import { ServiceUnavailableError } from '../../common/errors.js';
import { PasswordHasher } from './password-hasher.js';

const median = (times: number[]) => times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher();

  it('makes argon2id hashes with the parameters of v1.md 3.1 that only the password opens', async () => {
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(hasher.verify(hash, 'correct horse')).resolves.toBe(true);
    await expect(hasher.verify(hash, 'correct horsE')).resolves.toBe(false);
  });

  it('takes as long for an account that does not exist', async () => {
    const hash = await hasher.hash('correct horse');
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 9; round += 1) {
      for (const who of ['known', 'unknown'] as const) {
        const begin = performance.now();
        await expect(hasher.verify(who === 'known' ? hash : null, 'wrong')).resolves.toBe(false);
        times[who].push(performance.now() - begin);
      }
    }
    expect(median(times.unknown)).toBeGreaterThan(median(times.known) / 2);
  });

  it('turns away what would wait behind 68 others', async () => {
    const results = await Promise.allSettled(Array.from({ length: 73 }, () => hasher.verify(null, 'wrong')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(5);
    expect(refused[0]?.reason).toBeInstanceOf(ServiceUnavailableError);
  });
});
