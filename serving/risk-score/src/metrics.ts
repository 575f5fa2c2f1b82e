import { Counter, Gauge, type Registry } from 'prom-client'
import { type PartitionScores } from './partition-scores.ts'

/** Outcomes of the records that a feed reads, and the size of its memory. */
export class RiskScoreMetrics {
  readonly records: Counter<'outcome'>
  readonly published: Counter
  readonly publishFailures: Counter

  constructor(registry: Registry, partitions: () => Iterable<PartitionScores>) {
    const registers = [registry]
    this.records = new Counter({
      name: 'risk_score_records_total',
      help: 'Records of fintech.transactions by what became of them; only counted ones are in a score',
      labelNames: ['outcome'],
      registers,
    })
    this.published = new Counter({
      name: 'risk_score_published_total',
      help: 'Scores written to Redis',
      registers,
    })
    this.publishFailures = new Counter({
      name: 'risk_score_publish_failures_total',
      help: 'Batches of scores that Redis did not take',
      registers,
    })
    const gauge = (name: string, help: string, of: (scores: PartitionScores) => number): void => {
      new Gauge({
        name: `risk_score_${name}`,
        help,
        registers,
        collect() {
          let sum = 0
          for (const scores of partitions()) sum += of(scores)
          this.set(sum)
        },
      })
    }
    new Gauge({
      name: 'risk_score_delay_seconds',
      help: 'How long ago all that the log then held was counted, for the partition that is furthest behind',
      registers,
      collect() {
        const times = [...partitions()].flatMap(({ asOfMs }) => (asOfMs === undefined ? [] : [asOfMs]))
        if (times.length > 0) this.set((Date.now() - Math.min(...times)) / 1_000)
      },
    })
    gauge('users', 'Users with a transaction in the last 60 seconds', ({ sums }) => sums.size.users)
    gauge('events', 'Transactions of the last 60 seconds', ({ sums }) => sums.size.events)
    gauge('memory_bytes', 'Memory of sums, transactions and their tables', ({ sums }) => sums.bytes)
  }
}
