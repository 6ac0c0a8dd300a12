// One build, two pages: the store and the console share what they both load. Names of assets carry the hash of their content, so
// that they may be kept for ever; the two HTML files name them and are never kept.

import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/**
 * Pages call by contract but check nothing against it: that is the server's work, done at both ends of every call. So the schemas
 * are left out of them, which saves every first visit 20 kB of a library that would never run.
 */
const withoutSchemas: Plugin = {
  name: 'without-schemas',
  enforce: 'pre',
  resolveId: (source) => (source === 'typebox' ? '\0no-schemas' : undefined),
  load: (id) =>
    id === '\0no-schemas' ? 'export default new Proxy({}, { get: () => () => ({}) })' : undefined,
}

export default defineConfig({
  base: '/',
  plugins: [withoutSchemas, react()],
  // The server puts a fresh nonce in its place with every page it sends: styles that components make need one.
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    modulePreload: { polyfill: false },
    // An image or font inside a style sheet would need `data:` in the policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { input: { store: 'store/index.html', console: 'console/index.html' } },
  },
})
