import { STAGE1_CHANGELOG_TOPIC } from '@fintech-streams/contracts'
import { type IdleStep } from '../oracle/source.ts'
import { type KafkaLog } from './kafka-log.ts'

/** The key under which a task keeps its steps since the last checkpoint: `[[offset, watermark ms], …]`. */
const IDLE_KEY = 'idle'

/**
 * The steps that each partition's watermark took by wall time, as the processor wrote them down when they took effect.
 * They are the one input that the source topic does not hold, so they are taken from the processor, and the
 * recomputation checks that wall time really gave them. The changelog is compacted: after some ten minutes the broker
 * may have removed steps, and what depended on them then shows as wrong.
 */
export async function readIdleSteps(kafka: KafkaLog): Promise<(partition: number) => readonly IdleStep[]> {
  const steps = new Map<number, Map<string, IdleStep>>()
  for await (const { partition, key, value, timestampMs } of kafka.topic(STAGE1_CHANGELOG_TOPIC)) {
    if (key?.toString('utf8') !== IDLE_KEY || value === null) continue
    const known = steps.get(partition) ?? new Map<string, IdleStep>()
    steps.set(partition, known)
    for (const [offset, watermarkMs] of JSON.parse(value.toString('utf8')) as [number, number][]) {
      const identity = `${offset} ${watermarkMs}`
      if (!known.has(identity)) known.set(identity, { offset, watermarkMs, takenAtMs: timestampMs })
    }
  }
  return (partition) => [...(steps.get(partition)?.values() ?? [])]
}
