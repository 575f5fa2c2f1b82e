import { OperatingError, UsageError } from '@fintech-streams/service'
import {
  DEAD_LETTER_TOPIC,
  DEAD_LETTER_VALUE_BYTES_MAX,
  type DeadLetter,
  REPLAYED_FROM_HEADER,
} from '@fintech-streams/contracts'
import { Producer } from '@platformatic/kafka'
import { readFile } from 'node:fs/promises'
import { type KafkaConnection, PartitionReader } from '@fintech-streams/kafka'

/** Which dead letters to send again. */
export interface ReplayChoice {
  readonly all: boolean
  /** `topic/partition/offset`, separated by commas. */
  readonly ids: string | undefined
  readonly reason: string | undefined
  /** A file of corrected values. */
  readonly values: string | undefined
  readonly dryRun: boolean
}

/**
 * Sends chosen dead letters to the topic and partition they came from, as they were or corrected, with a header that
 * names the record they replace. The dead letters stay where they are.
 * @throws UsageError when nothing or too much is chosen, OperatingError when a chosen letter is not there, or holds only
 *   the beginning of a large value. Then none is sent.
 */
export async function replayDeadLetters(
  connection: KafkaConnection,
  choice: ReplayChoice,
  print: (line: string) => void,
): Promise<void> {
  const corrected = choice.values === undefined ? undefined : await readCorrected(choice.values)
  const wanted = chooser(choice, corrected)
  const named = [...(corrected?.keys() ?? choice.ids?.split(',') ?? [])]
  const letters = await findLetters(connection, wanted, named)
  checkWhole(letters, corrected)
  for (const letter of letters) print(`${idOf(letter)}  ${letter.reason}  ${letter.detail}`)
  if (!choice.dryRun) await send(connection, letters, corrected)
  print(`${letters.length} dead letters ${choice.dryRun ? 'would be sent' : 'sent'} again`)
}

/**
 * The same for letters by their ids, which are `topic/partition/offset`: those with a corrected value are sent with it,
 * the others as they were. @returns what was sent. @throws OperatingError when one is not there; then none is sent.
 */
export async function replayLetters(
  connection: KafkaConnection,
  ids: readonly string[],
  corrected: ReadonlyMap<string, string>,
): Promise<DeadLetter[]> {
  const wanted = new Set(ids)
  const letters = await findLetters(connection, (letter) => wanted.has(idOf(letter)), ids)
  checkWhole(letters, corrected)
  await send(connection, letters, corrected)
  return letters
}

async function findLetters(
  connection: KafkaConnection,
  wanted: (letter: DeadLetter) => boolean,
  named: readonly string[],
): Promise<DeadLetter[]> {
  const letters = await readLetters(connection, wanted)
  const found = new Set(letters.map(idOf))
  const missing = named.filter((id) => !found.has(id))
  if (missing.length === 0) return letters
  throw new OperatingError('no_such_letter', `not in ${DEAD_LETTER_TOPIC}: ${missing.join(', ')}; nothing was sent`)
}

/** @throws OperatingError for letters that hold only the beginning of their value and have no corrected one. */
export function checkWhole(letters: readonly DeadLetter[], corrected?: ReadonlyMap<string, string>): void {
  const cut = letters.filter(
    (letter) => (letter.value_bytes ?? 0) > DEAD_LETTER_VALUE_BYTES_MAX && corrected?.has(idOf(letter)) !== true,
  )
  if (cut.length === 0) return
  throw new OperatingError(
    'too_large',
    `these hold only the first ${DEAD_LETTER_VALUE_BYTES_MAX} bytes of their value: ${cut.map(idOf).join(', ')}; nothing ` +
      'was sent: give corrected values for them, or choose others',
  )
}

/** Names a dead letter by the record that it was. */
export const idOf = ({ topic, partition, offset }: DeadLetter): string => `${topic}/${partition}/${offset}`

function chooser(choice: ReplayChoice, corrected: Map<string, string> | undefined): (letter: DeadLetter) => boolean {
  const given = [choice.all, choice.ids !== undefined, choice.reason !== undefined, corrected !== undefined]
  if (given.filter(Boolean).length !== 1) {
    throw new UsageError('choose dead letters by exactly one of --all, --ids, --reason and --values')
  }
  if (corrected !== undefined) return (letter) => corrected.has(idOf(letter))
  if (choice.ids !== undefined) {
    const ids = new Set(choice.ids.split(','))
    return (letter) => ids.has(idOf(letter))
  }
  return (letter) => choice.all || letter.reason === choice.reason
}

async function readCorrected(path: string): Promise<Map<string, string>> {
  const corrected = new Map<string, string>()
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new OperatingError('values_unreadable', `cannot read the corrected values: ${error.message}`, error)
  })
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    corrected.set(...correctedLine(line, `${path}:${at + 1}`))
  }
  return corrected
}

function correctedLine(line: string, where: string): [id: string, value: string] {
  try {
    const { id, value } = JSON.parse(line) as { id?: unknown; value?: unknown }
    if (typeof id === 'string' && typeof value === 'object' && value !== null) return [id, JSON.stringify(value)]
  } catch {
    // The message below is the same for a line that is no JSON.
  }
  throw new OperatingError('bad_value_line', `${where} is not {"id":"topic/partition/offset","value":{…}}`)
}

/** Keeps the wanted ones only: the topic holds those of a month. */
async function readLetters(
  connection: KafkaConnection,
  wanted: (letter: DeadLetter) => boolean,
): Promise<DeadLetter[]> {
  const reader = new PartitionReader(connection, 'dead-letter-replay', [DEAD_LETTER_TOPIC])
  try {
    const from = await reader.firstOffset(DEAD_LETTER_TOPIC, 0)
    const to = await reader.endOffset(DEAD_LETTER_TOPIC, 0)
    const letters: DeadLetter[] = []
    await reader.readRange(DEAD_LETTER_TOPIC, 0, from, to, ({ records }) => {
      for (const { value } of records) {
        if (value === null) continue
        const letter = JSON.parse(value.toString()) as DeadLetter
        if (wanted(letter)) letters.push(letter)
      }
    })
    return letters
  } finally {
    await reader.close()
  }
}

async function send(
  connection: KafkaConnection,
  letters: readonly DeadLetter[],
  corrected: ReadonlyMap<string, string> | undefined,
): Promise<void> {
  if (letters.length === 0) return
  const producer = new Producer({ ...connection, idempotent: true, retries: 10, retryDelay: 200 })
  try {
    await producer.send({
      messages: letters.map((letter) => {
        const value = corrected?.get(idOf(letter))
        return {
          topic: letter.topic,
          partition: letter.partition,
          ...(letter.key_base64 === null ? {} : { key: Buffer.from(letter.key_base64, 'base64') }),
          value: value === undefined ? Buffer.from(letter.value_base64 ?? '', 'base64') : Buffer.from(value),
          headers: new Map([[Buffer.from(REPLAYED_FROM_HEADER), Buffer.from(idOf(letter))]]),
        }
      }),
    })
  } finally {
    await producer.close()
  }
}
