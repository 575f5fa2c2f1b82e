/** Health check of a container: exits with 0 when the address in its argument answers with a success, however late. */
const [url = ''] = process.argv.slice(2)
const response = await fetch(url)
if (!response.ok) {
  process.stderr.write(`${url} answers ${response.status}\n`)
  process.exitCode = 1
}
