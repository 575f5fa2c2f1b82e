import { type Operator } from '@fintech-streams/engine'
import { type Owner, OWNER_KEY } from './owner.ts'

/** An operator, and whose state it is, as the changelog's entries so far make them. */
export class ChangelogState {
  readonly operator: Operator
  owner: Owner | undefined

  /** @param operator one that nothing has been told yet. */
  constructor(operator: Operator) {
    this.operator = operator
  }

  /** Takes in the next entry of the changelog, in its order. */
  take(key: string, value: Buffer | null): void {
    if (key !== OWNER_KEY) this.operator.restore(key, value)
    else this.owner = value === null ? undefined : (JSON.parse(value.toString()) as Owner)
  }
}
