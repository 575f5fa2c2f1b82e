/**
 * Processors, memory and limits for the loads that the platform is for, and ten times them, from an account of what a
 * transaction costs. Prints what stands in docs/SIZING.md, or writes it there.
 *
 * node bench/sizing.ts --account docs/reports/pipeline-2026-12.json --write
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addSettings, createProgram, runProgram, text, toggle, valuesOf } from '@fintech-streams/service'
import { openStack } from '@fintech-streams/local'
import { limits, retention, sizes, warmCost } from './src/sizing.ts'

const TRANSACTION_BYTES = 917
const BEGIN = '<!-- from here by bench/sizing.ts -->'
const END = '<!-- to here -->'

const settings = {
  account: text({
    default: 'docs/reports/pipeline-2026-12.json',
    takes: 'file',
    help: 'what bench/pipeline.ts --json has written',
  }),
  write: toggle({ help: 'into docs/SIZING.md' }),
}

const program = createProgram('sizing', 'How many processors a load needs')
addSettings(program, settings).action(() => {
  const { account, write } = valuesOf(program, settings)
  const { checkout } = openStack()
  const cost = warmCost(JSON.parse(readFileSync(join(checkout, account), 'utf8')) as Parameters<typeof warmCost>[0])
  const tables = [
    ['## Processors', sizes(cost)],
    ['## What ends first', limits(cost)],
    ['## How long a topic lasts', retention(TRANSACTION_BYTES)],
  ]
  const made = tables.map((part) => part.join('\n\n')).join('\n\n')
  if (!write) return void console.log(made)
  const page = join(checkout, 'docs/SIZING.md')
  const before = readFileSync(page, 'utf8')
  const [head] = before.split(BEGIN)
  const [, tail] = before.split(END)
  writeFileSync(page, `${head}${BEGIN}\n\n${made}\n\n${END}${tail}`)
})
await runProgram(program)
