import {
  addSettings,
  createProgram,
  duration,
  EXIT_FAILURE,
  stopSignal,
  text,
  valuesOf,
} from '@fintech-streams/service'
import { clean } from './clean.ts'
import { demo, setUp } from './demo.ts'
import { examine } from './doctor.ts'
import { startProcesses, stopStack } from './run-stack.ts'
import { openStack, processors, type Stack } from './stack.ts'
import { stackStatus, statusLines } from './status.ts'

const report = (line: string): void => console.log(line)

const NAMES = 'postgres, kafka, connect, processor, sink, audit, counter, serving, lake, nightly, generator'

export const command = createProgram('stack', 'The whole stack on this machine, without containers')

command
  .command('setup')
  .description('download Kafka, Kafka Connect and Debezium; as root, create the system user for Postgres')
  .action(async () => {
    await setUp(openStack(), report)
  })

command
  .command('start')
  .description(
    'start processes and what they need, each ready before the next; all but the generator when none is named',
  )
  .argument('[names...]', NAMES)
  .action(async (names: string[]) => {
    await startProcesses(openStack(), names, report, stopSignal())
  })

command
  .command('stop')
  .description('stop processes, the last one started first; all when none is named')
  .argument('[names...]', NAMES)
  .action(async (names: string[]) => {
    await stopStack(openStack(), names, report)
  })

command
  .command('status')
  .description('what runs, where, and whether it does its work; exits with 1 when something died or is not ready')
  .action(async () => {
    const statuses = await stackStatus(openStack())
    statusLines(statuses).forEach(report)
    if (statuses.some(({ condition }) => condition === 'died' || condition === 'not ready'))
      process.exitCode = EXIT_FAILURE
  })

command
  .command('doctor')
  .description('what is missing or down, by name; exits with 1 when something is')
  .action(async () => {
    const findings = await examine(openStack())
    for (const { ok, name, found } of findings) report(`${ok ? 'ok     ' : 'PROBLEM'}  ${name}: ${found}`)
    if (findings.some(({ ok }) => !ok)) process.exitCode = EXIT_FAILURE
  })

command
  .command('clean')
  .description('stop everything and remove data, logs and pid files')
  .option('--libraries', 'also remove the downloaded Kafka, Connect and Debezium')
  .action(async (options: { libraries?: boolean }) => {
    await clean(openStack(), options.libraries === true, report)
  })

const demoSettings = {
  duration: duration({ default: undefined, help: 'stop after this long and print a summary' }),
  backfill: duration({ env: 'GENERATOR_BACKFILL', default: 7_200_000, help: 'first write this much history' }),
  rate: text({ env: 'GENERATOR_RATE', default: '10', takes: 'n', help: 'transactions a second' }),
  numCustomers: text({ env: 'GENERATOR_NUM_CUSTOMERS', default: '100', takes: 'n', help: 'customers' }),
  workers: processors,
}

const demoCommand = command
  .command('demo')
  .description('start everything, write two hours of history and go on live; Ctrl-C stops it all')
addSettings(demoCommand, demoSettings).action(async () => {
  const values = valuesOf(demoCommand, demoSettings)
  const settings = {
    GENERATOR_RATE: values.rate,
    GENERATOR_NUM_CUSTOMERS: values.numCustomers,
    PROCESSOR_WORKERS: String(values.workers),
  }
  const openWith = (generator: Readonly<Record<string, string>>): Stack =>
    openStack({ env: { ...settings, ...generator } })
  // The second signal ends the launcher at once: `stopSignal` sees to that, and this comes before it.
  let signals = 0
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      signals += 1
      if (signals > 1) report('ended at once: what was started still runs; npx fintech stack stop ends it')
    })
  }
  await demo(openWith, { durationMs: values.duration, backfillMs: values.backfill }, report, stopSignal())
})
