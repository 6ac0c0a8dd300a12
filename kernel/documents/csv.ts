// Tables as text that a spreadsheet opens (RFC 4180): UTF-8 with its mark, because without it Cyrillic turns into noise there.
// A text that a spreadsheet would run as a formula is quoted by an apostrophe: a title is written by a stranger and opened by an
// accountant. Numbers are ours and stay numbers, a minus sign included.

export type Cell = string | number | bigint | null

const MARK = '\uFEFF'
/** What begins a formula, also behind blanks: `=`, `+`, `-`, `@`, their full-width twins, tab, carriage return, line feed. */
const FORMULA = /^[\s\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/

function textOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const safe = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",;\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Writes a table with its header line. */
export const csvOf = (
  header: readonly string[],
  rows: Iterable<Readonly<readonly Cell[]>>,
): string => {
  const lines = [header.map(textOf).join(',')]
  for (const row of rows) lines.push(row.map(textOf).join(','))
  return `${MARK}${lines.join('\r\n')}\r\n`
}
