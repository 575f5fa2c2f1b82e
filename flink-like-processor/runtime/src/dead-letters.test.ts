import { DEAD_LETTER_VALUE_BYTES_MAX, type DeadLetter } from '@fintech-streams/contracts'
import { expect, it } from 'vitest'
import { checkWhole } from './dead-letters.ts'

const letter = (offset: number, value_bytes: number | null): DeadLetter => ({
  topic: 't',
  partition: 0,
  offset,
  timestamp: '2026-11-20T13:31:00.000Z',
  key_base64: null,
  value_base64: value_bytes === null ? null : '',
  value_bytes,
  reason: 'not_json',
  detail: '',
})
const whole = [letter(1, null), letter(2, 0), letter(3, DEAD_LETTER_VALUE_BYTES_MAX)]
const cut = letter(4, DEAD_LETTER_VALUE_BYTES_MAX + 1)

it('letters that hold all of their value may be sent as they are, those of earlier versions included', () => {
  const { value_bytes: _, ...earlier } = letter(5, 7)
  expect(() => checkWhole([...whole, earlier as DeadLetter])).not.toThrow()
})

it('one that holds only the beginning is refused by its name, unless a corrected value is given', () => {
  expect(() => checkWhole([...whole, cut])).toThrow(/first 1048576 bytes of their value: t\/0\/4; nothing was sent/)
  expect(() => checkWhole([...whole, cut], new Map([['t/0/3', '{}']]))).toThrow('t/0/4')
  expect(() => checkWhole([...whole, cut], new Map([['t/0/4', '{}']]))).not.toThrow()
})
