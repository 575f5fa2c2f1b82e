#!/usr/bin/env node
import { createProgram, runProgram, stopSignal } from '@fintech-streams/cli'
import { installJavaLibraries } from './java.ts'
import { createSystemUser } from './postgres-home.ts'
import { startProcesses, stopStack } from './run-stack.ts'
import { openStack } from './stack.ts'

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

await runProgram(program)
