import { PARTIALS_TOPIC, PARTITIONS, type Transaction, type TransactionRow } from '@fintech-streams/contracts'
import { MergeOperator, partitionOf, SourceOperator } from '@fintech-streams/engine'
import { type TransactionsJob, transactionStream } from '@fintech-streams/jobs'
import { type Headers } from '@fintech-streams/records'
import { type CustomerPattern } from '@fintech-streams/rules'
import { type TakenOutput, takeOutputs } from '@fintech-streams/testing'

type Source = SourceOperator<Transaction, CustomerPattern>

/** Runs jobs without a broker: both stages over in-memory partitions, one record at a time, no clock but the test's. */
export class TopologyDriver {
  readonly partitions: number
  readonly sources: Source[]
  readonly mergers: MergeOperator[]
  /** Everything written so far but partials, in order. */
  readonly outputs: TakenOutput[] = []
  readonly #sourceOffsets: number[]
  readonly #partialOffsets: number[]

  constructor(jobs: readonly TransactionsJob[], partitions = PARTITIONS) {
    this.partitions = partitions
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    this.sources = all.map(
      (partition) => new SourceOperator({ ...transactionStream(), jobs, partition, outputPartitions: partitions }),
    )
    this.mergers = all.map((partition) => new MergeOperator({ jobs, partition, sourcePartitions: partitions }))
    this.#sourceOffsets = all.map(() => 0)
    this.#partialOffsets = all.map(() => 0)
  }

  /** The partition that a customer's transactions are in. */
  partitionFor(customerId: string): number {
    return partitionOf(customerId, this.partitions)
  }

  /** Processes one row in its customer's partition. */
  pipe(row: TransactionRow, headers?: Headers): void {
    this.pipeValue(this.partitionFor(row.customer_id), JSON.stringify(row), Date.parse(row.created_at), headers)
  }

  /** Processes any value in a partition; `null` is a tombstone. */
  pipeValue(partition: number, value: string | null, timestampMs: number, headers?: Headers): void {
    const source = this.#source(partition)
    const offset = this.#sourceOffsets[partition]!
    this.#sourceOffsets[partition] = offset + 1
    source.process({ offset, timestampMs, key: null, value: value === null ? null : Buffer.from(value), headers })
    this.#route(source)
  }

  /** Lets wall time pass in a quiet partition. */
  idle(partition: number, nowMs: number, quietSinceMs: number): void {
    const source = this.#source(partition)
    source.idle({ offset: this.#sourceOffsets[partition]!, nowMs, quietSinceMs })
    this.#route(source)
  }

  /** The last version of every result of a topic, by its key. */
  results(topic: string): Map<string, Record<string, unknown>> {
    const results = new Map<string, Record<string, unknown>>()
    for (const output of this.outputs) {
      if (output.topic === topic) results.set(output.key, JSON.parse(output.value) as Record<string, unknown>)
    }
    return results
  }

  #source(partition: number): Source {
    const source = this.sources[partition]
    if (source === undefined) throw new RangeError(`there is no partition ${partition}`)
    return source
  }

  #route(source: Source): void {
    for (const output of takeOutputs(source)) {
      if (output.topic === PARTIALS_TOPIC) this.#merge(output)
      else this.outputs.push(output)
    }
  }

  #merge(output: TakenOutput): void {
    const merger = this.mergers[output.partition]!
    const offset = this.#partialOffsets[output.partition]!
    this.#partialOffsets[output.partition] = offset + 1
    merger.process({ offset, timestampMs: 0, key: Buffer.from(output.key), value: output.bytes })
    this.outputs.push(...takeOutputs(merger))
  }
}
