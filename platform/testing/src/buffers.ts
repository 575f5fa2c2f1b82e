import { type Entry, type OutputBuffer, RecordBuffer, type WrittenRecord } from '@fintech-streams/records'

/** What an operator wrote, as text where it is text. */
export interface TakenOutput {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly value: string
  readonly bytes: Buffer
}

/** Takes out what an operator wrote since the last time. */
export function takeOutputs({ outputs }: { outputs: OutputBuffer }): TakenOutput[] {
  const taken = [...outputs].map(({ value, ...of }) => ({ ...of, value: value.toString(), bytes: value }))
  outputs.clear()
  return taken
}

/** An operator's checkpoint as entries. */
export function checkpointOf(
  operator: { checkpoint: (offset: number, changelog: RecordBuffer) => void },
  offset: number,
): WrittenRecord[] {
  const changelog = new RecordBuffer()
  operator.checkpoint(offset, changelog)
  return [...changelog]
}

/** Gives an operator what a changelog has, and asks it where to go on. */
export function restoreFrom<P>(
  operator: { restore: (key: string, value: Buffer | null) => void; restored: () => P },
  changelog: ReadonlyMap<string, Buffer>,
): P {
  for (const [key, value] of changelog) operator.restore(key, value)
  return operator.restored()
}

/** Takes entries into a changelog that is compacted: a key has its last value, at the place of that. */
export function compactInto(changelog: Map<string, Buffer>, entries: Iterable<Entry>): void {
  for (const { key, value } of entries) {
    changelog.delete(key)
    if (value !== null) changelog.set(key, typeof value === 'string' ? Buffer.from(value) : value)
  }
}

export function bufferOf(entries: readonly Entry[]): RecordBuffer {
  const records = new RecordBuffer()
  for (const entry of entries) records.add(entry)
  return records
}
