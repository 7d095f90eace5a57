// Builds `dist`, or the named folder: two entry points with shared chunks, and the declarations.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, process.argv[2] ?? 'dist');
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(target, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ['src/index.ts', 'src/react.ts'],
  outdir: target,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  external: ['react'],
  sourcemap: true,
  logLevel: 'warning',
});
const { status } = spawnSync(
  process.execPath,
  [compiler, '-p', here, '--noEmit', 'false', '--emitDeclarationOnly', '--outDir', target],
  {
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
