import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JOB_IDS } from '@fintech-streams/contracts'
import { commandLine, clean, openStack, type Stack } from '@fintech-streams/local'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testPorts } from '../src/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = openStack({ dataDir: mkdtempSync(join(tmpdir(), 'fintech-e2e-demo-')), ports: await testPorts() })
})
afterAll(async () => {
  await clean(stack, false, () => undefined)
  rmSync(stack.dataDir, { recursive: true, force: true })
})

interface Ended {
  code: number | null
  output: string
}

/** Runs `stack demo`, and sends SIGTERM as soon as its output matches. */
async function demo(args: readonly string[], stopAt?: RegExp): Promise<Ended> {
  const main = commandLine(stack, 'stack')
  const child = spawn(process.execPath, [...main, 'demo', ...args], {
    env: stack.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let asked = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (asked || stopAt?.test(output) !== true) return
      asked = true
      child.kill('SIGTERM')
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

/** Results in topic and in table, by job, as the summary shows them. */
function resultsOf(output: string): Map<string, [string, string]> {
  const lines = output.split('\n').map((line) => /^(\w+) +([\d,]+) +([\d,]+)$/.exec(line) ?? [])
  return new Map(
    lines.flatMap(([, job, inTopic, inTable]) => (job && inTopic && inTable ? [[job, [inTopic, inTable]]] : [])),
  )
}

it('stops everything in reverse order on SIGTERM', async () => {
  const { code, output } = await demo(['--backfill', '2h', '--rate', '1'], /[1-9][\d,]* results/)
  expect(code, output).toBe(0)
  const stopped = [...output.matchAll(/^(\S+) stopped$/gm)].map(([, name]) => name)
  expect(stopped).toEqual(expect.arrayContaining(['generator', 'sink', 'processor', 'connect', 'kafka', 'postgres']))
  expect(stopped.indexOf('generator')).toBeLessThan(stopped.indexOf('processor'))
  expect(stopped.slice(-2)).toEqual(['kafka', 'postgres'])
  expect(readdirSync(join(stack.dataDir, 'pids'))).toEqual([])
})

it('goes on where it stopped, and ends green with results of all ten jobs', async () => {
  const { code, output } = await demo(['--duration', '10s', '--backfill', '2h', '--rate', '1'])
  expect(code, output).toBe(0)
  const results = resultsOf(output)
  for (const job of JOB_IDS) {
    const [inTopic, inTable] = results.get(job) ?? []
    expect(inTopic, `${job}\n${output}`).toMatch(/^[1-9]/)
    expect(inTable, job).toBe(inTopic)
  }
  expect(output).toMatch(/live transactions: latency p50 [\d,]+ ms, p99 [\d,]+ ms/)
})
