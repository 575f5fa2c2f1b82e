import { Producer } from '@platformatic/kafka'
import { deadLetter } from '@fintech-streams/engine'
import { type RefusedRecord } from './batch.ts'

/** A larger value would not fit a message in Base64, and the sink could not get past it. */
const VALUE_BYTES_MAX = 2 << 20
const SEND_RECORDS_MAX = 100

/** Sends records that cannot become rows to the dead-letter topic. */
export class DeadLetters {
  readonly #producer: Producer<string, string, string, string>

  constructor(connection: { clientId: string; bootstrapBrokers: string[] }) {
    this.#producer = new Producer<string, string, string, string>({
      ...connection,
      idempotent: true,
      retries: 5,
      retryDelay: 200,
      serializers: { key: textToBuffer, value: textToBuffer },
    })
  }

  /** Resolves when the broker has all of them. The record's place is the key, so one sent again is the same letter. */
  async send(refused: readonly RefusedRecord[]): Promise<void> {
    for (let from = 0; from < refused.length; from += SEND_RECORDS_MAX) {
      await this.#producer.send({ messages: refused.slice(from, from + SEND_RECORDS_MAX).map(letterOf) })
    }
  }

  async close(): Promise<void> {
    await this.#producer.close(true)
  }
}

function letterOf({ topic, partition, record, reason, detail }: RefusedRecord) {
  const bytes = record.value?.length ?? 0
  if (bytes <= VALUE_BYTES_MAX) return deadLetter(topic, partition, record, reason, detail)
  const { offset, timestampMs, key } = record
  const without = { offset, timestampMs, key, value: null }
  return deadLetter(topic, partition, without, reason, `${detail} (value of ${bytes} bytes left out)`)
}

function textToBuffer(text?: string): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text)
}
