import { Reject } from './reject.ts'

/**
 * A line of NDJSON as names and texts. A number is the text that the file has, so no digit is lost; a nested object's
 * members are named `location.city`; null is nothing.
 * @throws Reject for what is no JSON object, and for a name that occurs twice.
 */
export function jsonRecord(text: string): Map<string, string> {
  const object = parse(text)
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new Reject('not a JSON object')
  const members = Object.entries(object)
  if (namesIn(text) !== members.length) throw new Reject('a name occurs twice in the object')
  const record = new Map<string, string>()
  for (const [name, value] of members) add(record, name, value)
  return record
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? numberText(context?.source ?? String(value)) : value,
    )
  } catch (error) {
    throw new Reject(`not JSON: ${(error as Error).message}`)
  }
}

/** JSON has no thousands separators: a fourth digit after the point shows that it is none. */
function numberText(source: string): string {
  return /^-?\d+\.\d{3}$/.test(source) ? `${source}0` : source
}

function add(record: Map<string, string>, name: string, value: unknown): void {
  if (value === null) return
  if (typeof value === 'object' && !Array.isArray(value) && !name.includes('.')) {
    for (const [inner, nested] of Object.entries(value)) add(record, `${name}.${inner}`, nested)
  } else {
    record.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
}

/** How many names the outermost object of a JSON text has. */
function namesIn(text: string): number {
  let names = 0
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token === ':' && depth === 1) names += 1
  }
  return names
}
