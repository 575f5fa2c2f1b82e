import { useSearchParams } from 'react-router'

/** By name; one without a value, or with an empty one, is taken out of the address. */
type Change = Readonly<Record<string, string | number | readonly string[] | undefined>>

/**
 * What the page's address says after `?`, so that a view can be kept and sent, and how to change some of it.
 * @param replaces whether going back leads over the changes and not through them.
 */
export function useAddress(replaces = true): readonly [URLSearchParams, (change: Change) => void] {
  const [search, setSearch] = useSearchParams()
  const change = (values: Change): void =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before)
        for (const [name, value] of Object.entries(values)) {
          after.delete(name)
          for (const one of [value ?? []].flat()) if (one !== '') after.append(name, String(one))
        }
        return after
      },
      { replace: replaces },
    )
  return [search, change]
}
