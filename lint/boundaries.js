import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

const SCOPE = '@fintech-streams/'

/** Packages from the ground up. A package imports those of the layers above its own line, never its own or a later one. */
export const LAYERS = [
  ['contracts'],
  ['service', 'records'],
  ['kafka', 'postgres'],
  ['sql', 'ledger', 'engine'],
  ['testing', 'connectors', 'rules', 'generator'],
  ['jobs'],
  ['processor', 'processor-testing', 'sink', 'audit', 'reconciliation', 'top-senders', 'risk-score'],
  ['monitor', 'dashboards'],
  ['api'],
  ['console', 'local'],
  ['checks'],
  ['bench'],
  ['cli'],
  ['docker'],
]

const layerOf = (name) => LAYERS.findIndex((layer) => layer.includes(name))

/** Entries of a package beside its index, and who may import them. */
const ROOMS = {
  command: ['cli'],
  verify: ['cli'],
  simulation: ['cli'],
  chaos: ['cli'],
  soak: ['cli'],
  schema: ['console'],
}

/** The nearest folder with a package.json, and the package's name without its scope. */
function packageOf(file) {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (!existsSync(manifest)) continue
    return { folder, name: JSON.parse(readFileSync(manifest, 'utf8')).name.replace(SCOPE, '') }
  }
  throw new Error(`${file} is in no package`)
}

/** What is wrong with importing `source` from `file`; undefined when nothing is. */
export function violation(file, source) {
  const own = packageOf(file)
  if (source.startsWith('.')) {
    if (resolve(dirname(file), source).startsWith(own.folder + sep)) return undefined
    return `${source} leaves the package ${own.name}: import another package by its name`
  }
  if (!source.startsWith(SCOPE)) return undefined
  const [name, ...room] = source.slice(SCOPE.length).split('/')
  if (layerOf(name) === -1) return `${name} is in no layer: add it to lint/boundaries.js`
  const entry = room.join('/')
  if (entry !== '' && !(ROOMS[entry] ?? []).includes(own.name)) {
    return `${source} is inside of a package: import what ${SCOPE}${name} exports`
  }
  const isTest = /\.(test|test-d|e2e)\.ts$/.test(file)
  if (isTest || layerOf(own.name) === -1 || layerOf(name) < layerOf(own.name)) return undefined
  return `${own.name} must not import ${name}: imports go down the layers of lint/boundaries.js`
}

const rule = {
  meta: { type: 'problem', schema: [], messages: { violation: '{{ reason }}' } },
  create(context) {
    const check = (node) => {
      if (typeof node?.value !== 'string') return
      const reason = violation(context.filename, node.value)
      if (reason !== undefined) context.report({ node, messageId: 'violation', data: { reason } })
    }
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
    }
  },
}

/** Package boundaries and layers, as an ESLint configuration. */
export const boundaries = {
  files: ['**/*.ts', '**/*.tsx'],
  plugins: { house: { rules: { boundaries: rule } } },
  rules: { 'house/boundaries': 'error' },
}
