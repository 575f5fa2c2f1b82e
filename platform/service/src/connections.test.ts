import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { connectSettings, kafkaSettings, postgresSettings, redisSettings } from './connections.ts'
import { type Setting, type Settings } from './settings.ts'

const PAGE = join(import.meta.dirname, '../../../docs/CONNECTIONS.md')
const TABLE = /(<!-- settings: .*? -->\n)(.*)(<!-- end -->)/s

/** The declaration as Markdown. */
function tableOf(groups: Readonly<Record<string, Settings>>): string {
  const rows = Object.values(groups).flatMap((settings) => Object.entries(settings).map(rowOf))
  return ['', '| variable | flag | default | |', '|---|---|---|---|', ...rows, '', ''].join('\n')
}

function rowOf([name, setting]: [string, Setting<unknown>]): string {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const unset = setting.default === undefined ? '' : `\`${JSON.stringify(setting.default).replaceAll('"', '')}\``
  const values = setting.takes?.includes('|') === true ? `: ${setting.takes.replaceAll('|', ', ')}` : ''
  return `| \`${setting.env}\` | \`${flag}\` | ${unset} | ${setting.help}${values} |`
}

it('the page of connections is the declaration', () => {
  const table = tableOf({ postgresSettings, kafkaSettings, connectSettings, redisSettings })
  const page = readFileSync(PAGE, 'utf8')
  if (process.env['UPDATE_DOCS'] === '1')
    writeFileSync(
      PAGE,
      page.replace(TABLE, (_, head, __, tail) => head + table + tail),
    )
  expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[2]).toBe(table)
})
