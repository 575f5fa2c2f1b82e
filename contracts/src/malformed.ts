export type MalformedReason =
  | 'not_json'
  | 'not_an_object'
  | 'unknown_op'
  | 'missing_field'
  | 'bad_uuid'
  | 'bad_time'
  | 'bad_decimal'
  | 'too_many_digits'
  | 'out_of_range'
  | 'negative_amount'
  | 'unknown_value'
  | 'bad_flags'
  | 'event_time_in_future'
  /** Whatever else the decoder threw. */
  | 'undecodable'

/** A record that cannot be counted: it goes to the dead-letter topic with this reason. */
export class MalformedRecord extends Error {
  readonly reason: MalformedReason

  constructor(reason: MalformedReason, detail: string, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'MalformedRecord'
    this.reason = reason
  }
}

/** How much of a text from outside a message repeats. */
const SHOWN_CHARACTERS = 64

/** A value from outside for a message: of bounded length, and without a look into it, however deep it is nested. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, SHOWN_CHARACTERS))
    case 'number':
    case 'boolean':
      return String(value)
    case 'undefined':
      return 'absent'
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object'
  }
}
