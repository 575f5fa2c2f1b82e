import { postgresConfig, postgresSettings, valuesFromEnvironment } from '@fintech-streams/cli'
import { lakeSettings, openLake } from '@fintech-streams/reconciliation/lake/settings.ts'
import { NightlyDatabase } from '@fintech-streams/reconciliation/nightly/database.ts'
import { runNightly } from '@fintech-streams/reconciliation/nightly/nightly.ts'
import { loadHolidays, loadRules } from '@fintech-streams/reconciliation/rules.ts'

/** A nightly run that dies by SIGKILL right after a step: `node nightly-dying.ts <date> <step>`. */
const [date = '', deadly = ''] = process.argv.slice(2)
const settings = valuesFromEnvironment({ ...postgresSettings, ...lakeSettings })
await runNightly({
  date,
  lake: openLake(settings),
  lakeSettings: settings,
  database: await NightlyDatabase.open(postgresConfig(settings)),
  rules: loadRules(),
  holidays: loadHolidays(),
  requireHealthy: async () => undefined,
  print: () => undefined,
  onStep: (step) => {
    if (step === deadly) process.kill(process.pid, 'SIGKILL')
  },
})
