import { DEAD_LETTER_TOPIC, type DeadLetter } from '@fintech-streams/contracts'
import { type SourceRecord, type Output } from '@fintech-streams/records'

/** The dead letter of a record: all of it, so that it can be corrected and sent again. */
export function deadLetter(
  topic: string,
  partition: number,
  record: SourceRecord,
  reason: string,
  detail: string,
): Output {
  const letter: DeadLetter = {
    topic,
    partition,
    offset: record.offset,
    timestamp: new Date(record.timestampMs).toISOString(),
    key_base64: record.key === null ? null : record.key.toString('base64'),
    value_base64: record.value === null ? null : record.value.toString('base64'),
    reason,
    detail,
  }
  return {
    topic: DEAD_LETTER_TOPIC,
    partition: 0,
    key: `${topic}/${partition}/${record.offset}`,
    value: JSON.stringify(letter),
  }
}
