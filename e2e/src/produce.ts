import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { type Stack } from '@fintech-streams/local'
import { ProduceAcks, Producer } from '@platformatic/kafka'
import { bootstrapOf } from './stack.ts'
import { type ToProduce } from './stream.ts'

const RECORDS_PER_REQUEST = 500

/** Writes records to the source topic, in order. */
export async function produce(stack: Stack, records: readonly ToProduce[]): Promise<void> {
  const producer = new Producer({ clientId: 'e2e', bootstrapBrokers: bootstrapOf(stack), acks: ProduceAcks.ALL })
  try {
    for (let from = 0; from < records.length; from += RECORDS_PER_REQUEST) {
      const messages = records.slice(from, from + RECORDS_PER_REQUEST).map(({ partition, key, value }) => ({
        topic: TRANSACTIONS_TOPIC,
        partition,
        key,
        // A record without a value is a tombstone.
        ...(value === null ? {} : { value }),
      }))
      await producer.send({ messages })
    }
  } finally {
    await producer.close()
  }
}
