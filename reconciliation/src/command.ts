import { addSettings, createProgram, valuesOf } from '@fintech-streams/service'
import { lakeCommandSettings, runLake } from './lake/command.ts'
import { nightly } from './nightly/command.ts'
import { schedule, scheduleSettings } from './nightly/schedule.ts'
import { nightlySettings } from './nightly/settings.ts'
import { generate, generateSettings, ingest, ingestSettings, score, scoreSettings } from './statements/command.ts'

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

export const command = createProgram(
  'reconciliation',
  'Lake of transactions, bank statements, nightly reconciliation and the indexes that come of it',
)

const lake = command.command('lake').description('write transactions and verdicts to the lake, exactly once')
addSettings(lake, lakeCommandSettings).action(async () => {
  await runLake(valuesOf(lake, lakeCommandSettings))
})

const statements = command.command('statements').description("banks' statement files")

const generating = statements.command('generate').description('write the statements of a day, with labelled breaks')
addSettings(generating, generateSettings).action(async () => {
  await generate(valuesOf(generating, generateSettings), print)
})

const ingesting = statements.command('ingest').description('take statement files into the lake, each once')
ingesting.argument('[files...]', 'default: all of the folder')
addSettings(ingesting, ingestSettings).action(async (files: string[]) => {
  await ingest(valuesOf(ingesting, ingestSettings), files, print)
})

const scoring = statements.command('score').description('how well the last night found the breaks that generate made')
addSettings(scoring, scoreSettings).action(async () => {
  await score(valuesOf(scoring, scoreSettings), print)
})

const nightlyCommand = command
  .command('nightly')
  .description('reconcile a day, build its indexes and publish them all at once')
addSettings(nightlyCommand, nightlySettings).action(async () => {
  await nightly(valuesOf(nightlyCommand, nightlySettings), print)
})

const scheduling = command.command('schedule').description('run nightly for each day once it is over, until SIGTERM')
addSettings(scheduling, scheduleSettings).action(async () => {
  await schedule(valuesOf(scheduling, scheduleSettings), print)
})
