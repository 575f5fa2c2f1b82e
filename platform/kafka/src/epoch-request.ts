import { type Connection, offsetForLeaderEpochV4 } from '@platformatic/kafka'
import { type TopicPosition } from '@fintech-streams/records'

const CONSUMER = -1
const ANY_EPOCH = -1

/** A partition, and the leader's epoch of what was read of it last. */
export type EpochOf = Pick<TopicPosition, 'topic' | 'partition' | 'leaderEpoch'>

export interface EpochEnd {
  readonly topic: string
  readonly partition: number
  /** Where the log of the position's epoch ends; undefined where the broker does not know. */
  readonly endOffset: number | undefined
}

/**
 * Asks the leader of some partitions where the log of each position's epoch ends (KIP-320): what a log lost, as after a power
 * cut, and has overwritten since, belongs to a later epoch.
 */
export async function fetchEpochEnds(connection: Connection, positions: readonly EpochOf[]): Promise<EpochEnd[]> {
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([name, of]) => ({
    name,
    partitions: of.map(({ partition, leaderEpoch }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: ANY_EPOCH,
      leaderEpoch: leaderEpoch ?? ANY_EPOCH,
    })),
  }))
  const response = await offsetForLeaderEpochV4.api.async(connection, CONSUMER, topics)
  return response.topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, endOffset }) => ({
      topic,
      partition,
      endOffset: endOffset < 0n ? undefined : Number(endOffset),
    })),
  )
}
