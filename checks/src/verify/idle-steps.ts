import { readFileSync, writeFileSync } from 'node:fs'
import { OperatingError } from '@fintech-streams/service'
import { STAGE1_CHANGELOG_TOPIC } from '@fintech-streams/contracts'
import { type IdleStep, type SourceRecord } from '../oracle/source.ts'
import { type CommittedLog } from '@fintech-streams/audit'

/** The key under which a task keeps its steps since the last checkpoint: `[[offset, watermark ms], …]`. */
const IDLE_KEY = 'idle'

/**
 * The steps that each partition's watermark took by wall time, as the processor wrote them down when they took effect.
 * They are the one input that the source topic does not hold, so they are taken from the processor, and the
 * recomputation checks that wall time really gave them.
 */
export class IdleSteps {
  readonly #byPartition = new Map<number, Map<string, IdleStep>>()

  /** Takes a record of the processor's changelog. */
  take({ partition, key, value, timestampMs }: SourceRecord): void {
    if (key?.toString('utf8') !== IDLE_KEY || value === null) return
    for (const [offset, watermarkMs] of JSON.parse(value.toString('utf8')) as [number, number][]) {
      this.#add(partition, { offset, watermarkMs, takenAtMs: timestampMs })
    }
  }

  /** Keeps the first record of each step: it is the closest to when the step was taken. */
  #add(partition: number, step: IdleStep): void {
    const known = this.#byPartition.get(partition) ?? new Map<string, IdleStep>()
    this.#byPartition.set(partition, known)
    const identity = `${step.offset} ${step.watermarkMs}`
    if (!known.has(identity)) known.set(identity, step)
  }

  of(partition: number): readonly IdleStep[] {
    return [...(this.#byPartition.get(partition)?.values() ?? [])]
  }

  save(file: string): void {
    const steps = [...this.#byPartition].map(([partition, known]) => [partition, [...known.values()]])
    writeFileSync(file, JSON.stringify(steps))
  }

  /** @throws OperatingError for a file that is not one of {@link save}. */
  load(file: string): void {
    try {
      const saved = JSON.parse(readFileSync(file, 'utf8')) as [number, IdleStep[]][]
      for (const [partition, steps] of saved) steps.forEach((step) => this.#add(partition, step))
    } catch (error) {
      throw new OperatingError(
        'no_idle_steps',
        `cannot read idle steps from ${file}: ${(error as Error).message}`,
        error,
      )
    }
  }
}

/**
 * The idle steps that the changelog holds, added to those known already. It is compacted: after some ten minutes the
 * broker may have removed steps, and what depended on them then shows as wrong, unless somebody wrote them down.
 */
export async function readIdleSteps(kafka: CommittedLog, known = new IdleSteps()): Promise<IdleSteps> {
  for await (const record of kafka.topic(STAGE1_CHANGELOG_TOPIC)) known.take(record)
  return known
}
