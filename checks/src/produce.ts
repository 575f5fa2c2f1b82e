import { TRANSACTIONS_TOPIC } from '@fintech-streams/contracts'
import { kafkaOf, type Stack } from '@fintech-streams/local'
import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import { type ToProduce } from './stream.ts'

const RECORDS_PER_REQUEST = 500

/** Writes records to the source topic, in order. */
export async function produce(stack: Stack, records: readonly ToProduce[]): Promise<void> {
  const producer = new Producer({ ...kafkaOf(stack, 'e2e'), acks: ProduceAcks.ALL })
  try {
    for (const messages of requests(records)) await producer.send({ messages })
  } finally {
    await producer.close()
  }
}

/** Writes to the source topic in transactions, as Connect does; a crash of Connect leaves aborted ones there. */
export class TransactionalSource {
  readonly #producer: Producer

  constructor(stack: Stack) {
    this.#producer = new Producer({
      ...kafkaOf(stack, 'e2e'),
      transactionalId: 'e2e',
      idempotent: true,
      producerId: -1n,
      producerEpoch: -1,
      retries: 100,
      retryDelay: 10,
    })
  }

  async commit(records: readonly ToProduce[]): Promise<void> {
    await (await this.#begin(records)).commit()
  }

  async abort(records: readonly ToProduce[]): Promise<void> {
    await (await this.#begin(records)).abort()
  }

  async #begin(records: readonly ToProduce[]) {
    const transaction = await this.#producer.beginTransaction()
    for (const messages of requests(records)) await transaction.send({ messages })
    return transaction
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }
}

function* requests(records: readonly ToProduce[]): Generator<MessageToProduce[]> {
  for (let from = 0; from < records.length; from += RECORDS_PER_REQUEST) {
    yield records.slice(from, from + RECORDS_PER_REQUEST).map(({ partition, key, value, headers }) => ({
      topic: TRANSACTIONS_TOPIC,
      partition,
      key,
      // A record without a value is a tombstone.
      ...(value === null ? {} : { value }),
      ...(headers === undefined
        ? {}
        : { headers: new Map([...headers].map(([name, content]) => [Buffer.from(name), content])) }),
    }))
  }
}
