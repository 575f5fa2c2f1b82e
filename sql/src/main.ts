#!/usr/bin/env node
import {
  addSettings,
  createProgram,
  postgresConfig,
  postgresSettings,
  runProgram,
  valuesOf,
} from '@fintech-streams/cli'
import { migrate } from './migrate.ts'
import { rolePasswordSettings } from './roles.ts'

const settings = { ...postgresSettings, ...rolePasswordSettings }

const program = createProgram(
  'migrate',
  'Bring the platform database up to date: tables, publications, roles and their passwords',
)
addSettings(program, settings).action(async () => {
  const values = valuesOf(program, settings)
  const ran = await migrate(postgresConfig(values), values)
  process.stdout.write(ran.length === 0 ? 'nothing to do\n' : ran.map((name) => `applied ${name}\n`).join(''))
})
await runProgram(program)
