import { postgresConnection } from '@fintech-streams/postgres'
import { addSettings, createProgram, postgresSettings, valuesOf } from '@fintech-streams/service'
import { migrate } from './migrate.ts'
import { rolePasswordSettings } from './roles.ts'

const settings = { ...postgresSettings, ...rolePasswordSettings }

export const command = createProgram(
  'migrate',
  'Bring the platform database up to date: tables, publications, roles and their passwords',
)
addSettings(command, settings).action(async () => {
  const values = valuesOf(command, settings)
  const ran = await migrate(postgresConnection(values), values)
  process.stdout.write(ran.length === 0 ? 'nothing to do\n' : ran.map((name) => `applied ${name}\n`).join(''))
})
