import { type KafkaConnection } from '@fintech-streams/kafka'
import { OperatingError, UsageError } from '@fintech-streams/service'
import { requireJava, requireJavaLibraries } from '@fintech-streams/local'
import { type CommittedLog, KafkaLog } from '@fintech-streams/audit'
import { JavaLog } from './java-log.ts'

/** Who reads the log: Kafka's own Java client, or this project's decision on the batches as they are. */
export const READERS = ['java', 'raw'] as const
export type Reader = (typeof READERS)[number]

/** The reader of this name; without one, Java where it can run. @throws UsageError for an unknown name. */
export async function readerNamed(name: string | undefined): Promise<Reader> {
  if (name === undefined) return (await canRunJava()) ? 'java' : 'raw'
  const reader = READERS.find((known) => known === name)
  if (reader === undefined) throw new UsageError(`unknown reader "${name}": expected one of ${READERS.join(', ')}`)
  return reader
}

/** @param openTransactionWaitMs how long to wait for the end of a transaction that is open at a partition's end. */
export async function openLog(
  reader: Reader,
  connection: KafkaConnection,
  openTransactionWaitMs?: number,
): Promise<CommittedLog> {
  return reader === 'java'
    ? JavaLog.open(connection, openTransactionWaitMs)
    : new KafkaLog(connection, openTransactionWaitMs)
}

async function canRunJava(): Promise<boolean> {
  try {
    await requireJava(process.env)
    requireJavaLibraries()
    return true
  } catch (error) {
    if (error instanceof OperatingError) return false
    throw error
  }
}
