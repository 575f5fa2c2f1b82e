import { setTimeout as sleep } from 'node:timers/promises'
import { OperatingError, UsageError } from '@fintech-streams/service'
import {
  PARTIALS_TOPIC,
  processorTopics,
  STAGE1_CHANGELOG_TOPIC,
  STAGE2_CHANGELOG_TOPIC,
  TRANSACTIONS_TOPIC,
} from '@fintech-streams/contracts'
import { Admin } from '@platformatic/kafka'
import { type KafkaConnection } from '@fintech-streams/kafka'

/** A worker that was killed, or could not say that it leaves, is a member until its session of 10 s ends. */
const SESSIONS_END_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 500
const INTERNAL_TOPICS = [PARTIALS_TOPIC, STAGE1_CHANGELOG_TOPIC, STAGE2_CHANGELOG_TOPIC]

function topicsToDelete(resultsOf: readonly string[]): string[] {
  if (resultsOf.length === 0) return INTERNAL_TOPICS
  return processorTopics(resultsOf).flatMap(({ name }) => (name === TRANSACTIONS_TOPIC ? [] : [name]))
}

/** @throws OperatingError when it still has members after every session of a worker that is gone has ended. */
async function untilEmpty(admin: Admin, groupId: string): Promise<void> {
  for (const deadlineMs = performance.now() + SESSIONS_END_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const members = (await admin.describeGroups({ groups: [groupId] })).get(groupId)?.members.size ?? 0
    if (members === 0) return
    if (performance.now() < deadlineMs) continue
    throw new OperatingError('group_active', `${members} workers run in ${groupId}: stop them first`)
  }
}

/**
 * Forgets the group's offsets, the state and the partial aggregates, so that the next run starts at the source's
 * beginning. Results stay, and each is written again under its key, unless they are to go: what the source has lost since
 * has results that nothing would write again.
 * @param resultsOf jobs whose results go as well, with all late records and dead letters; none: they stay.
 * @throws OperatingError while a worker is running.
 */
export async function resetProcessor(
  connection: KafkaConnection,
  options: { groupId: string; confirmed: boolean; resultsOf: readonly string[] },
  print: (line: string) => void,
): Promise<void> {
  if (!options.confirmed) throw new UsageError('reset forgets all state of the processor: add --yes to do it')
  const admin = new Admin({ ...connection, retries: 5, retryDelay: 500 })
  try {
    const { groupId } = options
    const groups = await admin.listGroups()
    if (groups.has(groupId)) {
      await untilEmpty(admin, groupId)
      await admin.deleteGroups({ groups: [groupId] })
      print(`forgot the offsets of ${groupId}`)
    }
    const existing = new Set(await admin.listTopics())
    const topics = topicsToDelete(options.resultsOf).filter((topic) => existing.has(topic))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    print(`deleted ${topics.length} topics; the next run starts from the source's beginning`)
  } finally {
    await admin.close()
  }
}
