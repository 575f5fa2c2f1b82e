import { addSettings, createProgram, stopSignal, valuesOf } from '@fintech-streams/service'
import { importCommand } from './commands/import.ts'
import { init } from './commands/init.ts'
import { reportCommand } from './commands/report.ts'
import { seedOf } from './commands/origin.ts'
import { checkRun, run } from './commands/run.ts'
import { importSettings, initSettings, reportSettings, runAllSettings, runSettings } from './settings.ts'

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

export const command = createProgram(
  'generator',
  'Write realistic transactions, with labelled fraud, to the platform database',
)

const initCommand = command.command('init').description('make customers, accounts and merchants, if there are none')
addSettings(initCommand, initSettings).action(async () => {
  const values = valuesOf(initCommand, initSettings)
  await init(values, seedOf(values), print)
})

const runCommand = command.command('run').description('write transactions of the customers that are there')
addSettings(runCommand, runSettings).action(async () => {
  const values = valuesOf(runCommand, runSettings)
  checkRun(values)
  await run(values, seedOf(values), stopSignal(), print)
})

const runAllCommand = command.command('run-all').description('init, then run')
addSettings(runAllCommand, runAllSettings).action(async () => {
  const values = valuesOf(runAllCommand, runAllSettings)
  checkRun(values)
  const signal = stopSignal()
  const seed = seedOf(values)
  await init(values, seed, print)
  await run(values, seed, signal, print)
})

const importing = command
  .command('import')
  .description('write the transactions of a CSV or NDJSON file; run again, it writes what is missing')
  .argument('<file>', 'the file')
addSettings(importing, importSettings)
  .option('--no-wait', 'do not wait for the connectors')
  .action(async (file: string) => {
    const isPatient = importing.getOptionValue('wait') !== false
    await importCommand(file, { ...valuesOf(importing, importSettings), isPatient }, stopSignal(), print)
  })

const reportOn = command.command('report').description('precision and recall of each rule against the labelled fraud')
addSettings(reportOn, reportSettings).action(async () => {
  await reportCommand(valuesOf(reportOn, reportSettings), print)
})
