import {
  addSettings,
  createLogger,
  createProgram,
  STOP_WITHIN_MS,
  stopSignal,
  valuesOf,
} from '@fintech-streams/service'
import { count } from './count.ts'
import { counterSettings } from './settings.ts'

export const command = createProgram('top-senders', 'Count top senders into Postgres until SIGTERM, exactly once')
addSettings(command, counterSettings).action(async () => {
  await count(valuesOf(command, counterSettings), createLogger('counter'), stopSignal(STOP_WITHIN_MS))
})
