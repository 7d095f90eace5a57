import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Three pages, each with its own script; shared code becomes a chunk of its own. */
export default {
  root: here('.'),
  // React is in the project's node_modules, the client's sources are beside this folder.
  resolve: { dedupe: ['react', 'react-dom'] },
  // Development: Vite serves the pages and proxies the rest to the server.
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/api', '/ws'].map((path) => [path, { target: 'http://localhost:8000', ws: true }]),
    ),
  },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    // The Content-Security-Policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: [here('start.html'), here('room.html'), here('app.html')] },
  },
};
