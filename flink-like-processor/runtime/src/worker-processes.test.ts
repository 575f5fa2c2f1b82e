import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../../../cli/src/main.ts')

test.each(['1', '2'])(
  'SIGTERM ends %s worker processes while the brokers give no answer',
  { timeout: 120_000 },
  async (workers) => {
    const silent = createServer()
    const asked = once(silent, 'connection')
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const processor = spawn(process.execPath, [MAIN, 'processor', 'run', '--workers', workers, '--metrics-port', '0'], {
      env: { ...process.env, KAFKA_BROKERS: '', KAFKA_HOST: '127.0.0.1', KAFKA_PORT: String(port) },
      stdio: 'ignore',
    })
    onTestFinished(() => {
      processor.kill('SIGKILL')
      silent.close()
    })
    await asked
    processor.kill('SIGTERM')
    expect(await once(processor, 'exit')).toEqual([0, null])
  },
)
