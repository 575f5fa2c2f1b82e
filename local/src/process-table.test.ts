import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeRecord } from './process-record.ts'
import { inStartOrder, processTable, withNeeds } from './process-table.ts'
import { type ProcessSpec } from './process-spec.ts'
import { openStack } from './stack.ts'

const process = (name: string, needs: string[]): ProcessSpec => ({
  name,
  needs,
  ports: [],
  memory: '',
  command: async () => ({ file: 'true', args: [] }),
  probe: async () => undefined,
  readyWithinMs: 1_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 1_000,
})
const namesOf = (specs: readonly ProcessSpec[]): string[] => specs.map((spec) => spec.name)

describe('start order', () => {
  it('follows from needs and otherwise keeps the order given', () => {
    const specs = [process('c', ['b']), process('x', []), process('b', ['a']), process('a', [])]
    expect(namesOf(inStartOrder(specs))).toEqual(['a', 'b', 'c', 'x'])
  })

  it('refuses processes that need each other, and needs that nobody meets', () => {
    expect(() => inStartOrder([process('a', ['b']), process('b', ['a'])])).toThrow('a → b → a')
    expect(() => inStartOrder([process('a', ['b'])])).toThrow('a needs b')
  })
})

describe('the stack', () => {
  it('starts a process with all that it needs', () => {
    expect(namesOf(withNeeds(processTable(openStack()), ['connect']))).toEqual(['kafka', 'connect'])
  })

  it('names the processes that there are when one is unknown', () => {
    expect(() => withNeeds(processTable(openStack()), ['zookeeper'])).toThrow(
      /unknown process zookeeper.*postgres, kafka/,
    )
  })

  it('knows the processors that run, also those that it was not opened with', () => {
    const stack = openStack({ dataDir: mkdtempSync(join(tmpdir(), 'table-test-')) })
    writeRecord(stack, 'processor-3', 1)
    expect(namesOf(processTable(stack))).toEqual(expect.arrayContaining(['processor', 'processor-2', 'processor-3']))
    rmSync(stack.dataDir, { recursive: true })
  })

  it('has ports of which no two are the same, with several processors, too', () => {
    const ports = processTable(openStack({ env: { PROCESSOR_WORKERS: '4' } })).flatMap((spec) =>
      spec.ports.map(({ port }) => port),
    )
    expect(new Set(ports).size).toBe(ports.length)
  })
})
