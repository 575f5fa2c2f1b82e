import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type Stack } from '@fintech-streams/local'

const HEADER_BYTES = 61
const LENGTH_AT = 8

/** Cuts the last batches off a partition's log, as a power cut does. The broker must be down. */
export function cutLog({ dataDir }: Stack, topic: string, partition: number, batches: number): void {
  const folder = join(dataDir, 'kafka', `${topic}-${partition}`)
  const file = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)
  if (file === undefined) throw new Error(`${folder} has no log`)
  const bytes = readFileSync(join(folder, file))
  const starts: number[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length; at += 12 + bytes.readInt32BE(at + LENGTH_AT)) starts.push(at)
  truncateSync(join(folder, file), starts.at(-batches) ?? 0)
  for (const name of readdirSync(folder)) if (/index$/.test(name)) rmSync(join(folder, name))
}
