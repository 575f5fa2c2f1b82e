/** Health check of a container: exits with 0 when the address in its argument answers with a success. */
const TIMEOUT_MS = 4_000

const [url = ''] = process.argv.slice(2)
const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
if (!response.ok) {
  process.stderr.write(`${url} answers ${response.status}\n`)
  process.exitCode = 1
}
