import {
  addSettings,
  createLogger,
  createProgram,
  STOP_WITHIN_MS,
  stopSignal,
  valuesOf,
} from '@fintech-streams/service'
import { addTokenCommands } from './access/token-commands.ts'
import { apiSettings } from './settings.ts'

export const command = createProgram('serving', 'The API: what the streams know, and transactions from outside')

const run = command.command('run', { isDefault: true }).description('serve the API until SIGTERM')
addSettings(run, apiSettings).action(async () => {
  // Loaded when it is needed: each command is a process that has only its own part in memory.
  const { serve } = await import('./serve.ts')
  await serve(valuesOf(run, apiSettings), createLogger('serving'), stopSignal(STOP_WITHIN_MS))
})
addTokenCommands(command.command('token').description('tokens of the API, in the database'))
