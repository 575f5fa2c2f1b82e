import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('a process that waits for what never comes ends within its time after SIGTERM', async () => {
  const program = `
    import { stopSignal } from ${JSON.stringify(join(import.meta.dirname, 'program.ts'))}
    stopSignal(50)
    setInterval(() => undefined, 60_000)
    process.stdout.write('waiting')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([1, null])
})
