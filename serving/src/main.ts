#!/usr/bin/env node
import { addSettings, createLogger, createProgram, runProgram, stopSignal, valuesOf } from '@fintech-streams/cli'
import { addTokenCommands } from './access/token-commands.ts'
import { apiSettings, counterSettings } from './settings.ts'

const program = createProgram('serving', 'The API: what the streams know, and transactions from outside')

const run = program.command('run', { isDefault: true }).description('serve the API until SIGTERM')
addSettings(run, apiSettings).action(async () => {
  // Loaded when it is needed: each command is a process that has only its own part in memory.
  const { serve } = await import('./serve.ts')
  await serve(valuesOf(run, apiSettings), createLogger('serving'), stopSignal())
})
const counting = program.command('count').description('count top senders into Postgres until SIGTERM')
addSettings(counting, counterSettings).action(async () => {
  const { count } = await import('./counter/count.ts')
  await count(valuesOf(counting, counterSettings), createLogger('counter'), stopSignal())
})
addTokenCommands(program.command('token').description('tokens of the API, in the database'))

await runProgram(program)
