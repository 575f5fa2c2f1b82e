import { type FieldKind, type Fields, type SumMinor } from '@fintech-streams/contracts'
import { type ByteWriter, Literal } from '@fintech-streams/records'
import { AmountDistribution, Distribution } from './columns/distribution.ts'
import { writeInstant } from './instant-writer.ts'
import { writeMinor } from './money-writer.ts'

/** Writes one value of a kind as JSON. */
type Write = (into: ByteWriter, value: unknown) => void
/** Writes the members of a result's JSON object, without the braces. */
export type ResultWriter = (into: ByteWriter, result: Readonly<Record<string, unknown>>) => void

const text: Write = (into, value) => into.json(value as string)
/** Minor units, or a decimal string. */
const money: Write = (into, value) => {
  if (typeof value === 'string') into.json(value)
  else writeMinor(into, value as SumMinor)
}
/** Milliseconds since the epoch, or the text. */
const time: Write = (into, value) => {
  if (typeof value === 'number') writeInstant(into, value)
  else into.json(value as string)
}
const number: Write = (into, value) => into.number(value as number)
const anything: Write = (into, value) => into.anyJson(value)
/** An object; in most results its members are texts and numbers. */
const object: Write = (into, value) => {
  const members = value as Readonly<Record<string, unknown>>
  if (!isFlat(members)) return into.anyJson(value)
  let head = '{'
  for (const name in members) {
    const member = members[name]
    into.ascii(head)
    into.json(name)
    into.ascii(':')
    if (typeof member === 'number') into.number(member)
    else into.json(member as string)
    head = ','
  }
  into.ascii(head === '{' ? '{}' : '}')
}

function isFlat(members: Readonly<Record<string, unknown>>): boolean {
  for (const name in members) {
    const kind = typeof members[name]
    if (kind !== 'string' && kind !== 'number') return false
  }
  return true
}

const tally: Write = (into, value) => {
  if (value instanceof Distribution || value instanceof AmountDistribution) value.writeResult(into)
  else into.anyJson(value)
}

const WRITERS: Readonly<Record<string, Write>> = {
  id: (into, value) => into.quoted(value as string),
  text,
  money,
  time,
  count: number,
  ratio: number,
  boolean: (into, value) => into.ascii(String(value)),
  distribution: tally,
  amounts: tally,
  list: anything,
  object,
}

function writerOf(kind: FieldKind): Write {
  if (!kind.endsWith('?')) return WRITERS[kind]!
  const write = WRITERS[kind.slice(0, -1)]!
  return (into, value) => {
    if (value === null) into.ascii('null')
    else write(into, value)
  }
}

/**
 * A writer for results with these fields, in the order of their declaration. It knows each field's kind, so it does
 * without looking for what `JSON.stringify` has to look for.
 */
export function resultWriter(fields: Fields): ResultWriter {
  const members = Object.entries(fields).map(([name, kind], at) => ({
    name,
    head: new Literal(`${at === 0 ? '' : ','}"${name}":`),
    write: writerOf(kind),
  }))
  return (into, result) => {
    for (const { name, head, write } of members) {
      into.literal(head)
      write(into, result[name])
    }
  }
}
