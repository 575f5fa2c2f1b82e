import { DEAD_LETTER_TOPIC, DEAD_LETTER_VALUE_BYTES_MAX, type DeadLetter } from '@fintech-streams/contracts'
import { type SourceRecord, type Output } from '@fintech-streams/records'

const DETAIL_CHARACTERS_MAX = 500
/** The last time that a date can hold. A record's time is whatever its producer says. */
const TIME_MAX_MS = 8.64e15

/**
 * The dead letter of a record, so that it can be corrected and sent again. Of a large record it holds the beginning: a
 * letter that does not fit a record would be written in vain for ever.
 */
export function deadLetter(
  topic: string,
  partition: number,
  record: SourceRecord,
  reason: string,
  detail: string,
): Output<string> {
  const letter: DeadLetter = {
    topic,
    partition,
    offset: record.offset,
    timestamp: new Date(Math.max(-TIME_MAX_MS, Math.min(TIME_MAX_MS, record.timestampMs))).toISOString(),
    key_base64: beginningOf(record.key),
    value_base64: beginningOf(record.value),
    value_bytes: record.value === null ? null : record.value.length,
    reason,
    detail: detail.slice(0, DETAIL_CHARACTERS_MAX),
  }
  return {
    topic: DEAD_LETTER_TOPIC,
    partition: 0,
    key: `${topic}/${partition}/${record.offset}`,
    value: JSON.stringify(letter),
  }
}

function beginningOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64', 0, Math.min(bytes.length, DEAD_LETTER_VALUE_BYTES_MAX))
}
