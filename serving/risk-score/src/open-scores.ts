import { type RiskScoreFeedOptions, startRiskScoreFeed } from './feed.ts'
import { RedisScores } from './redis-scores.ts'
import { type ScoreSource } from './score-source.ts'

export interface ScoresOptions extends Omit<RiskScoreFeedOptions, 'partitions'> {
  /** A name of its own for this instance of the API, the same after a restart. */
  readonly instance: string
}

/**
 * Where the API reads scores. Without Redis a feed of its own reads all partitions, and answers come from memory. With
 * Redis the instances share the partitions in a consumer group, each publishes its own, and answers come from Redis:
 * the same from every instance. Returns at once; `state` says when scores can be read.
 */
export function openScores({ instance, ...options }: ScoresOptions): ScoreSource {
  if (options.redis === undefined) return startRiskScoreFeed({ ...options, partitions: 'all' }).scores
  const published = new RedisScores(options.redis, options.logger)
  const feed = startRiskScoreFeed({ ...options, partitions: { instance } })
  return {
    get state() {
      return published.state
    },
    read: (customerId) => published.read(customerId),
    close: async () => {
      await feed.close()
      await published.close()
    },
  }
}
