/** Loaded into a chaos run's Node processes: the time of day is as far ahead as a file named by the process's id says. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LOOK_EVERY_MS = 250
const file = join(process.env['CHAOS_CLOCKS'] ?? '', String(process.pid))
const SystemDate = Date
let aheadMs = 0

setInterval(() => (aheadMs = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0), LOOK_EVERY_MS).unref()

const now = (): number => SystemDate.now() + aheadMs
globalThis.Date = new Proxy(SystemDate, {
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  construct: (target, args: unknown[], made) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, made) as Date,
})
