import { Lists } from './cells.ts'
import { type ColumnContext } from './columns/column.ts'
import { type Field, TextField, Texts } from './texts.ts'

type TextOf = Field<never, string | undefined>

/** What the columns of one operator share. @param sourceKey the text of one of the source's keys. */
export function columnContext(sourceKey: (key: number) => string): ColumnContext {
  const texts = new Texts()
  const fields = new Map<TextOf, TextField<never>>()
  return {
    texts,
    lists: new Lists(),
    sourceKey,
    textField: (field) => {
      let known = fields.get(field)
      if (known === undefined) {
        known = new TextField<never>(texts, field)
        fields.set(field, known)
      }
      return known
    },
  }
}
