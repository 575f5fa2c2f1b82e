import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError } from '@fintech-streams/service'
import { PARTITIONS, STAGE1_CHANGELOG_TOPIC } from '@fintech-streams/contracts'
import { IdleSteps } from '../verify/idle-steps.ts'
import { type JavaLog } from '../verify/java-log.ts'

const READ_EVERY_MS = 5_000

/**
 * Writes the idle steps down while a run goes on: the changelog is compacted, and by its end would hold the last ones
 * only.
 */
export class IdleStepCapture {
  steps = new IdleSteps()
  readonly #log: JavaLog
  readonly #next = new Map<number, number>()
  #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(log: JavaLog) {
    this.#log = log
  }

  start(): void {
    this.#stop = new AbortController()
    this.#running = this.#keepReading()
  }

  /** Ends, whatever is left. */
  abandon(): void {
    this.#stop.abort()
  }

  /** Forgets everything and begins again after the work, during which there may be no changelog. */
  async startingOver(work: () => Promise<void>): Promise<void> {
    this.#stop.abort()
    await this.#running
    await work()
    this.steps = new IdleSteps()
    this.#next.clear()
    this.start()
  }

  /** Reads what is left and ends. */
  async finish(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#read()
  }

  async #keepReading(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#read().catch((error: unknown) => {
        // The broker is down: what is there stays there.
        if (!(error instanceof OperatingError)) throw error
      })
      await sleep(READ_EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #read(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      for await (const record of this.#log.partition(STAGE1_CHANGELOG_TOPIC, partition, this.#next.get(partition))) {
        this.steps.take(record)
        this.#next.set(partition, record.offset + 1)
      }
    }
  }
}
