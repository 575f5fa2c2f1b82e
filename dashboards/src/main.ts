import { createProgram, runProgram } from '@fintech-streams/service'
import { writeFiles } from './files.ts'

const program = createProgram(
  'dashboards',
  'Make the Grafana dashboards and alert rules of dashboards/ from their code',
)
program.action(async () => {
  const written = await writeFiles()
  process.stdout.write(written.length === 0 ? 'nothing to do\n' : written.map((name) => `wrote ${name}\n`).join(''))
})
await runProgram(program)
