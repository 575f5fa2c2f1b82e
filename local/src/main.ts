#!/usr/bin/env node
import { createProgram, EXIT_FAILURE, runProgram, stopSignal } from '@fintech-streams/cli'
import { clean } from './clean.ts'
import { examine } from './doctor.ts'
import { installJavaLibraries } from './java.ts'
import { createSystemUser } from './postgres-home.ts'
import { startProcesses, stopStack } from './run-stack.ts'
import { openStack } from './stack.ts'
import { stackStatus, statusLines } from './status.ts'

const report = (line: string): void => console.log(line)

const program = createProgram('stack', 'The whole stack on this machine, without containers')

program
  .command('setup')
  .description('download Kafka, Kafka Connect and Debezium; as root, create the system user for Postgres')
  .action(async () => {
    const { env } = openStack()
    const libraries = await installJavaLibraries(env)
    report(`Kafka, Connect and Debezium: ${libraries}`)
    if (createSystemUser() === 'created') report('system user postgres: created')
  })

program
  .command('start')
  .description('start processes and what they need, each ready before the next; all when none is named')
  .argument('[names...]', 'postgres, kafka, connect, processor, sink, serving')
  .action(async (names: string[]) => {
    await startProcesses(openStack(), names, report, stopSignal())
  })

program
  .command('stop')
  .description('stop processes, the last one started first; all when none is named')
  .argument('[names...]', 'postgres, kafka, connect, processor, sink, serving')
  .action(async (names: string[]) => {
    await stopStack(openStack(), names, report)
  })

program
  .command('status')
  .description('what runs, where, and whether it does its work; exits with 1 when something died or is not ready')
  .action(async () => {
    const statuses = await stackStatus(openStack())
    statusLines(statuses).forEach(report)
    if (statuses.some(({ condition }) => condition === 'died' || condition === 'not ready'))
      process.exitCode = EXIT_FAILURE
  })

program
  .command('doctor')
  .description('what is missing or down, by name; exits with 1 when something is')
  .action(async () => {
    const findings = await examine(openStack())
    for (const { ok, name, found } of findings) report(`${ok ? 'ok     ' : 'PROBLEM'}  ${name}: ${found}`)
    if (findings.some(({ ok }) => !ok)) process.exitCode = EXIT_FAILURE
  })

program
  .command('clean')
  .description('stop everything and remove data, logs and pid files')
  .option('--libraries', 'also remove the downloaded Kafka, Connect and Debezium')
  .action(async (options: { libraries?: boolean }) => {
    await clean(openStack(), options.libraries === true, report)
  })

await runProgram(program)
