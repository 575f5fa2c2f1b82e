import { OperatingError } from '@fintech-streams/service'

/** The source partition as the log has it now. */
export interface SourceState {
  /** The topic's id: a topic that was deleted and created again has another one. */
  readonly topicId: string
  /** The offset of the first record that is still there. */
  readonly first: number
  /** The offset after the last committed record. */
  readonly end: number
}

/** Changelog key of what the saved state belongs to. */
export const OWNER_KEY = 'owner'

/** What saved state belongs to. Under another topic id, or for another group, it means nothing. */
export interface Owner {
  readonly groupId: string
  readonly topicId: string
}

/** The parts of a recovery that must fit together. */
export interface RecoveryPoint {
  readonly sourceTopic: string
  readonly partition: number
  readonly groupId: string
  readonly source: SourceState
  /** The group's offset, `undefined` when there is none. */
  readonly committed: number | undefined
  /** Where the records of the committed offset's leader end, `undefined` where nobody knows. */
  readonly epochEnd: number | undefined
  /** The offset of the restored checkpoint, `undefined` without one. */
  readonly checkpoint: number | undefined
  /** Undefined for state that was saved before owners were. */
  readonly owner: Owner | undefined
}

const RESET = 'start over with npx fintech processor reset --yes (results are written again under their keys)'

/**
 * Checks that state, offsets and source belong together, before a record is replayed.
 * @throws OperatingError that no retry mends: `other_group`, `source_recreated`, `source_cut_short`, `offsets_forgotten`.
 */
export function checkRecovery(point: RecoveryPoint): void {
  const { source, committed, epochEnd, checkpoint, owner, groupId } = point
  const name = `${point.sourceTopic}/${point.partition}`
  if (owner !== undefined && owner.groupId !== groupId) {
    throw new OperatingError(
      'other_group',
      `the state of ${name} belongs to group ${owner.groupId}, not to ${groupId}: run with --group ${owner.groupId}, or ${RESET}`,
    )
  }
  if (owner !== undefined && owner.topicId !== source.topicId) {
    throw new OperatingError('source_recreated', `${point.sourceTopic} was deleted and created again: ${RESET}`)
  }
  const reached = Math.max(committed ?? 0, checkpoint ?? 0)
  // A log that has grown again ends anywhere, but what the former leader wrote ends at the cut.
  const end = Math.min(source.end, epochEnd ?? source.end)
  if (reached > end) {
    throw new OperatingError(
      'source_cut_short',
      `${name} lost its end: records up to ${reached} were processed, and it has only those up to ${end}. ` +
        `Restore it, or ${RESET}`,
    )
  }
  if ((checkpoint !== undefined || owner !== undefined) && committed === undefined) {
    const reachedAtLeast = checkpoint === undefined ? 'results' : `state up to ${checkpoint}`
    throw new OperatingError(
      'offsets_forgotten',
      `group ${groupId} has no offset of ${name}, but ${reachedAtLeast}: going on would write results twice. ` +
        `Restore the group's offsets, or ${RESET}`,
    )
  }
}

/** Whether an error stays until somebody does something. */
export const needsHelp = (error: unknown): error is OperatingError => error instanceof OperatingError && !error.canRetry
