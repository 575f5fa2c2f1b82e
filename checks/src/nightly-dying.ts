import { postgresConnection } from '@fintech-streams/postgres'
import { postgresSettings, valuesFromEnvironment } from '@fintech-streams/service'
import {
  lakeSettings,
  openLake,
  NightlyDatabase,
  runNightly,
  loadHolidays,
  loadRules,
} from '@fintech-streams/reconciliation'

/** A nightly run that dies by SIGKILL right after a step: `node nightly-dying.ts <date> <step>`. */
const [date = '', deadly = ''] = process.argv.slice(2)
const settings = valuesFromEnvironment({ ...postgresSettings, ...lakeSettings })
await runNightly({
  date,
  lake: openLake(settings),
  lakeSettings: settings,
  database: await NightlyDatabase.open(postgresConnection(settings)),
  rules: loadRules(),
  holidays: loadHolidays(),
  requireHealthy: async () => undefined,
  print: () => undefined,
  onStep: (step) => {
    if (step === deadly) process.kill(process.pid, 'SIGKILL')
  },
})
