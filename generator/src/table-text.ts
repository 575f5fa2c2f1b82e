/** A table for a terminal: columns are as wide as their widest cell; what looks like a number stands to the right. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const isNumeric = head.map((_, at) => rows.length > 0 && rows.every((row) => /^[-\d.,]*$/.test(row[at] ?? '')))
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, at) => (isNumeric[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [lineOf(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(lineOf)]
}
