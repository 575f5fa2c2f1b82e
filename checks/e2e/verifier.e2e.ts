import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyticsTopic } from '@fintech-streams/contracts'
import { RULES_FILE } from '@fintech-streams/jobs'
import { kafkaOf, type Stack } from '@fintech-streams/local'
import { Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SourceRecord } from '../src/oracle/source.ts'
import { runCommand, type CommandResult } from '../src/command.ts'
import { produce } from '../src/produce.ts'
import { verifyWhenSettled } from '../src/settled.ts'
import { startTestStack, stopTestStack } from '../src/stack.ts'
import { TransactionStream } from '../src/stream.ts'
import { KafkaLog } from '@fintech-streams/audit'

const VERDICTS = analyticsTopic('fraud_detection')
const HOUR_MS = 3_600_000

let stack: Stack

beforeAll(async () => {
  stack = await startTestStack('verifier', ['processor'])
})
afterAll(() => stopTestStack(stack))

const verifier = (...args: string[]): Promise<CommandResult> => runCommand(stack, 'verify', args)

test('the command accepts what the processor wrote, and no forgery of it', async () => {
  const startMs = Date.UTC(2026, 0, 5, 8)
  const stream = new TransactionStream({ seed: 3, transactions: 500, customers: 20, startMs })
  await produce(stack, [...stream.records(), ...stream.moveOn(3 * HOUR_MS)])
  expect(await verifyWhenSettled(stack, { tables: false, withinMs: 60_000 })).toMatchObject({ ok: true })

  const right = await verifier()
  expect(right).toMatchObject({ code: 0, stderr: '' })
  expect(right.stdout).toMatch(/^everything is as recomputed$/m)

  const log = new KafkaLog(kafkaOf(stack, 'e2e'))
  const first = (await log.topic(VERDICTS).next()).value as SourceRecord
  await log.close()
  const forger = new Producer(kafkaOf(stack, 'forger'))
  const key = first.key ?? Buffer.of()
  await forger.send({
    messages: [
      { topic: VERDICTS, key, value: first.value ?? Buffer.of() },
      { topic: VERDICTS, key: Buffer.from('{"transaction_id":"forged"}'), value: Buffer.from('{}') },
    ],
  })
  await forger.close()

  const wrong = await verifier()
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toMatch(/fraud_detection +\d+ +\d+ +0 +1 +0 +1  by a second implementation$/m)
  expect(wrong.stdout).toContain(`duplicate: ${key.toString()}`)
  expect(wrong.stdout).toContain('unexpected: {"transaction_id":"forged"}')
  expect(wrong.stdout).toMatch(/^NOT as recomputed$/m)
})

test('verdicts by other rules are wrong', async () => {
  const file = join(stack.dataDir, 'other-rules.json')
  writeFileSync(file, readFileSync(RULES_FILE, 'utf8').replace(/"version": "[^"]*"/, '"version": "another version"'))
  const { code, stdout } = await verifier('--rules', file)
  expect(code).toBe(1)
  expect(stdout).toContain('rule_version: expected "another version"')
})

test('wrong use and a broker that is not there are one line', async () => {
  expect(await verifier('--kafka-port', 'x')).toMatchObject({ code: 2, stdout: '' })
  const absent = await Promise.all([
    verifier('--kafka-port', '1'),
    verifier('--tables', '--postgres-port', '1'),
    verifier('--rules', 'nowhere.json'),
  ])
  for (const result of absent) {
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
  }
})
