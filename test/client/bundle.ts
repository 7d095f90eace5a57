import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

const SOURCES = resolve('clients/typescript/src');

/** The package's own sources, instead of a built copy of them. */
const fromSources: Plugin = {
  name: 'the client from its sources',
  setup(plugins) {
    plugins.onResolve({ filter: /^@metronome\/client(\/react)?$/ }, ({ path }) => ({
      path: resolve(SOURCES, path.endsWith('/react') ? 'react.ts' : 'index.ts'),
    }));
  },
};

/** One script for a browser. @param code TypeScript with JSX, which may import the client and React */
export async function bundled(code: string, { external = [] as string[] } = {}): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, loader: 'tsx', resolveDir: resolve('.') },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    // So that StrictMode runs every effect twice.
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: [fromSources],
    external,
  });
  return outputFiles[0]?.text ?? '';
}
