import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { startTestApp, type TestApp } from '../support/app.js';
import { bundled } from './bundle.js';
import { installClient, readmeBlocks } from './package.js';

/** A program that only compiles when the declarations are there and say what they should. */
const TYPED = `
import { Metronome, type Timer, type TimersState } from '@metronome/client';
import { useTimers } from '@metronome/client/react';

const metronome = new Metronome({ WebSocket, timing: { minDelayMs: 10 } });
export const state: TimersState = metronome.openTimers().state.get();
export const start = (): Promise<Timer> => useTimers(metronome).start({ allocated_duration: 60 });
// @ts-expect-error a timer has to last
export const wrong = metronome.timers.create({ title: 'no duration' });
`;

let app: TestApp;
let client: ReturnType<typeof installClient>;

beforeAll(async () => {
  app = await startTestApp();
  client = installClient();
});
afterAll(async () => {
  client.remove();
  await app.close();
});

describe('the tutorial of the client', () => {
  it('does, in the program of Node that it is, what its comments say', async () => {
    const code = readmeBlocks('js').join('\n');
    const program = join(client.folder, 'tutorial.mjs');
    writeFileSync(program, code.replaceAll('http://localhost:8000', app.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 });
    const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text);
    expect(promised).toHaveLength(12);
    expect(stdout.trimEnd().split('\n')).toEqual(promised);
  });
});

describe('the package', () => {
  const gzipped = async (code: string) => gzipSync(await bundled(code, { external: ['react'] })).length;

  it('weighs less than 10 kB, gzipped, with the hooks and without React', async () => {
    const everything = `export * from '@metronome/client';`;
    expect(await gzipped(everything)).toBeLessThan(10_000);
    expect(await gzipped(`${everything} export * from '@metronome/client/react';`)).toBeLessThan(10_000);
  });

  it('depends on nothing', () => {
    const manifest = JSON.parse(readFileSync('clients/typescript/package.json', 'utf8')) as Record<string, unknown>;
    expect(manifest['dependencies']).toBeUndefined();
    expect(manifest['peerDependenciesMeta']).toEqual({ react: { optional: true } });
    const imports = [...readFileSync(join(client.dist, 'index.js'), 'utf8').matchAll(/^import .* from "(.*)"/gm)];
    expect(imports).toEqual([]);
  });

  it('brings the types of both entries', () => {
    writeFileSync(join(client.folder, 'program.ts'), TYPED);
    const lib = ['es2023', 'dom'];
    const compilerOptions = {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      target: 'es2022',
      module: 'nodenext',
      lib,
      types: [],
    };
    writeFileSync(join(client.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', client.folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});
