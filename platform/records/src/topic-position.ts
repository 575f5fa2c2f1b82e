/** How far a partition of a topic was read. */
export interface TopicPosition {
  readonly topic: string
  readonly partition: number
  /** Tells a topic from an earlier one of its name. */
  readonly topicId: string
  /** The offset to read next. */
  readonly offset: number
  /** The leader's epoch of what was read last, by which a log that was cut short is known; null where nobody knows it. */
  readonly leaderEpoch: number | null
}

/** A partition's name in maps and in messages, `fintech.transactions/3`. */
export const partitionName = ({ topic, partition }: Pick<TopicPosition, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`
