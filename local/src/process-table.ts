import { UsageError } from '@fintech-streams/service'
import { connect } from './connect.ts'
import { kafka } from './kafka.ts'
import { audit, counter, generator, lake, nightly, processor, serving, sink } from './node-processes.ts'
import { postgres } from './postgres.ts'
import { recordedNames } from './process-record.ts'
import { type ProcessSpec } from './process-spec.ts'
import { type Stack } from './stack.ts'

/**
 * Every process of the stack, each after those that it needs. A stack that runs more processors than this one asks for
 * has them all here.
 */
export function processTable(stack: Stack): ProcessSpec[] {
  const started = recordedNames(stack).map((name) => Number(/^processor-(\d+)$/.exec(name)?.[1] ?? 1))
  const count = Math.max(stack.processors, ...started)
  const processors = Array.from({ length: count }, (_, index) => processor(stack, index + 1))
  return inStartOrder([
    postgres(stack),
    kafka(stack),
    connect(stack),
    ...processors,
    sink(stack),
    audit(stack),
    counter(stack),
    serving(stack),
    lake(stack),
    nightly(stack),
    generator(stack),
  ])
}

/**
 * The named processes with all that they need, in start order; all but those on request when no name is given.
 * @throws UsageError for an unknown name.
 */
export function withNeeds(table: readonly ProcessSpec[], names: readonly string[]): ProcessSpec[] {
  requireKnown(table, names)
  const wanted = new Set<string>()
  const want = (name: string): void => {
    wanted.add(name)
    table.find((spec) => spec.name === name)?.needs.forEach(want)
  }
  names.forEach(want)
  return table.filter(({ name, onRequest }) => (names.length === 0 ? onRequest !== true : wanted.has(name)))
}

/** @throws UsageError for a name that no process has. */
export function requireKnown(table: readonly ProcessSpec[], names: readonly string[]): void {
  const known = table.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new UsageError(`unknown process ${unknown.join(', ')}: expected some of ${known.join(', ')}`)
  }
}

/** Sorts by need and otherwise keeps the order given. */
export function inStartOrder(specs: readonly ProcessSpec[]): ProcessSpec[] {
  const ordered: ProcessSpec[] = []
  const place = (spec: ProcessSpec, path: readonly string[]): void => {
    if (ordered.includes(spec)) return
    if (path.includes(spec.name)) throw new Error(`processes need each other: ${[...path, spec.name].join(' → ')}`)
    for (const need of spec.needs) {
      const needed = specs.find((candidate) => candidate.name === need)
      if (needed === undefined) throw new Error(`${spec.name} needs ${need}, which is not in the table`)
      place(needed, [...path, spec.name])
    }
    ordered.push(spec)
  }
  for (const spec of specs) place(spec, [])
  return ordered
}
