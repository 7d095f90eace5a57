import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Three pages, each with its own script; what they share becomes a chunk of its own. */
export default {
  root: here('.'),
  // React lives in the project's own node_modules, the client's sources beside this folder.
  resolve: { dedupe: ['react', 'react-dom'] },
  // Development: the pages from here, everything else from the server.
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/api', '/ws'].map((path) => [path, { target: 'http://localhost:8000', ws: true }]),
    ),
  },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    // A strict Content-Security-Policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: [here('start.html'), here('room.html'), here('app.html')] },
  },
};
