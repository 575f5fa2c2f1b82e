/** Rows of cells as lines with aligned columns; a column of numbers is aligned at its end. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const cells = (column: number): string[] => rows.map((row) => row[column] ?? '')
  const shapes = Array.from({ length: columns }, (_, column) => ({
    width: Math.max(...cells(column).map((cell) => cell.length)),
    isNumeric: cells(column)
      .slice(1)
      .every((cell) => /^[\d.,]+$/.test(cell)),
  }))
  return rows.map((row) =>
    shapes
      .map(({ width, isNumeric }, column) => {
        const cell = row[column] ?? ''
        return isNumeric ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd(),
  )
}
