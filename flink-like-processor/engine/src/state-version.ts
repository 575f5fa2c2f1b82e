/**
 * State as it stands in the changelog. An entry begins with this byte, and a version is added with each change of form that
 * the layouts of rows do not tell. Entries of versions 2 and 3 are JSON: their first byte is a brace.
 */
export const STATE_VERSION = 4
/** State of version 1 had no ids of events, so it cannot tell a duplicate. */
const OLDEST_VERSION = 2

const BRACE = 123

/** Whether an entry was written by a version before 4. */
export const isJson = (value: Buffer): boolean => value[0] === BRACE

/** State that this program cannot read. */
export class StateVersionError extends Error {
  readonly code = 'state_version'

  constructor(found: number) {
    super(
      `the changelog holds state of version ${found}, this program reads ${OLDEST_VERSION} to ${STATE_VERSION}: ` +
        `run the ${found > STATE_VERSION ? 'newer' : 'older'} program, or \`fintech processor reset\` to start from the ` +
        'source again',
    )
    this.name = 'StateVersionError'
  }
}

/** @throws StateVersionError when the state was written by a newer program, or by one that is too old. */
export function checkStateVersion(found: number): void {
  if (found > STATE_VERSION || found < OLDEST_VERSION) throw new StateVersionError(found)
}
