import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const CHECKOUT = resolve(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: CHECKOUT, encoding: 'utf8' }).trim().split('\n')

/** The files of the same package that a source imports, types too: Node loads a file of which only types are imported. */
function importsOf(file: string, source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^;'"]*? from '(\.[^']+)'/gm)].map(([, path]) =>
    join(dirname(file), path!),
  )
}

/** A circle of imports for each that closes one; none when files import each other in one direction. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void found.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}

test('no files import each other in a circle', () => {
  const present = files.filter((file) => existsSync(join(CHECKOUT, file)))
  const graph = new Map(present.map((file) => [file, importsOf(file, readFileSync(join(CHECKOUT, file), 'utf8'))]))
  expect(circles(graph)).toEqual([])
})

test('a circle is noticed, one of types too', () => {
  const sources = { 'a/b.ts': "import {\n  x,\n} from './c.ts'\n", 'a/c.ts': "import { type B } from './b.ts'\n" }
  const graph = new Map(Object.entries(sources).map(([file, source]) => [file, importsOf(file, source)]))
  expect(circles(graph)).toEqual(['a/b.ts > a/c.ts > a/b.ts'])
})
