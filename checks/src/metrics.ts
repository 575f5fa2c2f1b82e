/** The samples of a process's `/metrics`, by name and labels as they are written there. */
export async function metricsOf(port: number): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://localhost:${port}/metrics`)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}
