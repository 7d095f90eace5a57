// Builds `dist`: two entry points that share their code, and the declarations.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(join(here, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: ['src/index.ts', 'src/react.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  external: ['react'],
  sourcemap: true,
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [compiler, '-p', here, '--noEmit', 'false', '--emitDeclarationOnly'], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
