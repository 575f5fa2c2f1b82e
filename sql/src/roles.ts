import { text, type Values } from '@fintech-streams/service'
import type pg from 'pg'

const passwordOf = (role: string) =>
  text({
    env: `${role.toUpperCase()}_DB_PASSWORD`,
    default: role,
    takes: 'secret',
    help: `password of the database role ${role}`,
  })

/** The passwords of the programs' database roles. A demo's are the roles' own names. */
export const rolePasswordSettings = {
  generatorPassword: passwordOf('generator'),
  debeziumPassword: passwordOf('debezium'),
  sinkPassword: passwordOf('sink'),
  counterPassword: passwordOf('counter'),
  apiPassword: passwordOf('api'),
  grafanaPassword: passwordOf('grafana'),
  reconciliationPassword: passwordOf('reconciliation'),
}

export type RolePasswords = Values<typeof rolePasswordSettings>

/** Sets the password of every role. */
export async function setRolePasswords(client: pg.Client, passwords: RolePasswords): Promise<void> {
  const byRole = {
    generator: passwords.generatorPassword,
    debezium: passwords.debeziumPassword,
    sink: passwords.sinkPassword,
    counter: passwords.counterPassword,
    api: passwords.apiPassword,
    grafana: passwords.grafanaPassword,
    reconciliation: passwords.reconciliationPassword,
  }
  for (const [role, password] of Object.entries(byRole)) {
    await client.query(`alter role ${client.escapeIdentifier(role)} password ${client.escapeLiteral(password)}`)
  }
}
