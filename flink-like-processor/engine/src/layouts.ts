import { type RecordBuffer } from '@fintech-streams/records'
import { type Layout, parseLayout, type WrittenLayout } from './layout.ts'

/** Changelog keys of layouts begin with this; their hash follows. */
export const LAYOUT_PREFIX = 'layout/'

/** The layouts that entries of a changelog name, written before the first entry that does. */
export class Layouts {
  readonly #written = new Map<string, WrittenLayout>()

  /** Writes those that the changelog does not have yet. */
  writeChanges(layouts: Iterable<Layout>, into: RecordBuffer): void {
    for (const { hash, text } of layouts) {
      const known = this.#written.get(hash)
      if (known?.text === text) continue
      if (known !== undefined) throw new Error(`two layouts have the hash ${hash}: rename an aggregate of ${known.job}`)
      this.#written.set(hash, parseLayout(text))
      into.add({ key: LAYOUT_PREFIX + hash, value: text })
    }
  }

  restore(key: string, value: Buffer): void {
    this.#written.set(key.slice(LAYOUT_PREFIX.length), parseLayout(value.toString()))
  }

  /** The layout that an entry names. @throws Error when the changelog does not have it. */
  get(hash: string): WrittenLayout {
    const layout = this.#written.get(hash)
    if (layout === undefined) throw new Error(`the changelog has no layout ${hash}`)
    return layout
  }
}
