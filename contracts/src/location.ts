type Fields = Record<string, unknown>

/** Where a transaction was made, as far as it is known. */
export interface Location {
  readonly country: string | undefined
  readonly city: string | undefined
}

export const NOWHERE: Location = { country: undefined, city: undefined }

/** Reads a location, given as JSON text or as an object. One that cannot be read counts as none. */
export function readLocation(value: unknown): Location {
  const fields = typeof value === 'string' ? parsed(value) : value
  if (!isObject(fields)) return NOWHERE
  return { country: optionalText(fields['country']), city: optionalText(fields['city']) }
}

/** A text that says something; anything else is `undefined`. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
