import { processorMetricsPort, type Stack } from '@fintech-streams/local'
import { WORKERS } from './scene.ts'

/** What the workers' `/readyz` say, those that do not answer left out. */
export async function sentences(stack: Stack): Promise<string> {
  const answers = WORKERS.map(async (_, at) => {
    const url = `http://localhost:${processorMetricsPort(stack, at + 1)}/readyz`
    return fetch(url).then(
      (response) => response.text(),
      () => '',
    )
  })
  return (await Promise.all(answers)).join('\n')
}
