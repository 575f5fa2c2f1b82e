import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The API that `npm run dev` asks. */
const API = process.env['API_URL'] ?? 'http://127.0.0.1:8081'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2023',
    // Which page needs which files: for `checks/src/console-sizes.ts`.
    manifest: true,
    // What is drawn with the charts and the map is loaded with the pages that draw; these are large by nature.
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/v1': API, '/healthz': API, '/readyz': API, '/docs': API } },
})
