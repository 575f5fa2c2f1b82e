import { Admin } from '@platformatic/kafka'
import { type KafkaConnection } from './connection.ts'

/** A broker names a member after its instance, with a UUID behind it. */
const UUID_SUFFIX = /^-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ANSWER_WITHIN_MS = 2_000

/**
 * Removes an instance that is known to be dead from its consumer group, so that the other members have its partitions at
 * once and not after its session time-out. With no other member it stays: its next process then has the same partitions.
 * @returns whether there are other members.
 */
export async function giveWay(options: {
  connection: KafkaConnection
  groupId: string
  instanceId: string
}): Promise<boolean> {
  const { connection, groupId, instanceId } = options
  const admin = new Admin({ ...connection, retries: 1, retryDelay: 200, timeout: ANSWER_WITHIN_MS })
  try {
    const groups = await admin.describeGroups({ groups: [groupId] })
    const members = [...(groups.get(groupId)?.members.keys() ?? [])]
    const own = members.filter((id) => id.startsWith(instanceId) && UUID_SUFFIX.test(id.slice(instanceId.length)))
    if (members.length === own.length) return false
    if (own.length > 0) {
      const reason = 'its process died'
      await admin.removeMembersFromConsumerGroup({ groupId, members: own.map((memberId) => ({ memberId, reason })) })
    }
    return true
  } finally {
    await admin.close()
  }
}
