import { hash } from '@node-rs/argon2';

import { ServiceUnavailableError } from '../../common/errors.js';
import { PasswordHasher } from './password-hasher.js';

const median = (times: number[]) => times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher();

  it('makes argon2id hashes with the parameters of docs/spec/v1.md#31-own-accounts that only the password opens', async () => {
    const hashed = await hasher.hash('correct horse');
    expect(hashed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(hasher.verify(hashed, 'correct horse')).resolves.toBe(true);
    await expect(hasher.verify(hashed, 'correct horsE')).resolves.toBe(false);
  });

  it('takes a password for the same however its letters are composed', async () => {
    const composed = await hasher.hash('caf\u00e9 au lait');
    await expect(hasher.verify(composed, 'cafe\u0301 au lait')).resolves.toBe(true);
    await expect(hasher.verify(await hasher.hash('ｗｉｄｅ ｗｉｄｅ'), 'wide wide')).resolves.toBe(true);
  });

  it('still opens with a hash of what was sent before passwords were normalised', async () => {
    const sent = 'cafe\u0301 au lait';
    const old = await hash(sent, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await expect(hasher.verify(old, sent)).resolves.toBe(true);
    await expect(hasher.verify(old, 'caf\u00e8 au lait')).resolves.toBe(false);
  });

  it('takes as long for an account that does not exist', async () => {
    const known = await hasher.hash('correct horse');
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 9; round += 1) {
      for (const who of ['known', 'unknown'] as const) {
        const begin = performance.now();
        await expect(hasher.verify(who === 'known' ? known : null, 'wrong')).resolves.toBe(false);
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
