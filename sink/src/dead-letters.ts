import { type KafkaConnection } from '@fintech-streams/kafka'
import { Producer } from '@platformatic/kafka'
import { deadLetter } from '@fintech-streams/engine'
import { type RefusedRecord } from './batch.ts'

const SEND_RECORDS_MAX = 100

/** Sends records that cannot become rows to the dead-letter topic. */
export class DeadLetters {
  readonly #producer: Producer<string, string, string, string>

  constructor(connection: KafkaConnection) {
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

const letterOf = ({ topic, partition, record, reason, detail }: RefusedRecord) =>
  deadLetter(topic, partition, record, reason, detail)

function textToBuffer(text?: string): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text)
}
