import { type Entry, type Output, type OutputBuffer, RecordBuffer } from '@fintech-streams/records'

/** Takes out what an operator wrote since the last time. */
export function takeOutputs({ outputs }: { outputs: OutputBuffer }): Output[] {
  const taken = [...outputs]
  outputs.clear()
  return taken
}

/** An operator's checkpoint as entries. */
export function checkpointOf(
  operator: { checkpoint: (offset: number, changelog: RecordBuffer) => void },
  offset: number,
): Entry[] {
  const changelog = new RecordBuffer()
  operator.checkpoint(offset, changelog)
  return [...changelog]
}

export function bufferOf(entries: readonly Entry[]): RecordBuffer {
  const records = new RecordBuffer()
  for (const entry of entries) records.add(entry)
  return records
}
