import { type TopicPosition } from '@fintech-streams/records'
import { type Bounds } from './topic-log.ts'

/**
 * Why reading does not go on where it ended: `recreated`, the topic is another one of the same name; `cut_short`, the log
 * lost its end, as after a power cut; `expired`, retention has removed what was to be read next.
 */
export type MoveReason = 'recreated' | 'cut_short' | 'expired'

export interface Start {
  readonly position: TopicPosition
  /** Undefined where reading goes on as it ended, or begins. */
  readonly reason: MoveReason | undefined
}

/**
 * Where to begin to read a partition.
 * @param found the partition as it is now; its offset is not looked at.
 * @param stored how far it was read, where it was.
 * @param epochEnd where the log of the stored epoch ends, where that is known. Then a log that was cut short and has grown
 *   again is known for what it is, and read on from the cut; without it only one that is still shorter is, and read
 *   from its first record.
 */
export function startOf(
  found: Omit<TopicPosition, 'offset' | 'leaderEpoch'>,
  stored: TopicPosition | undefined,
  { first, end }: Bounds,
  epochEnd: number | undefined,
): Start {
  const at = (offset: number, reason?: MoveReason): Start => ({
    position: { ...found, offset, leaderEpoch: null },
    reason,
  })
  if (stored === undefined) return at(first)
  // Of a topic that never had a record, nothing was read that could be read again.
  if (stored.topicId !== found.topicId) return at(first, stored.offset === 0 ? undefined : 'recreated')
  if (epochEnd !== undefined && epochEnd < stored.offset) return at(Math.max(first, epochEnd), 'cut_short')
  if (stored.offset > end) return at(first, 'cut_short')
  if (stored.offset < first) return at(first, 'expired')
  return { position: stored, reason: undefined }
}
