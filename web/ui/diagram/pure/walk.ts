// Where the arrow keys lead: up and down in the order of the rows, left to what caused a message, right to the first thing that
// it caused.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import type { Shown } from './shown.ts'

export type Direction = 'up' | 'down' | 'cause' | 'effect' | 'first' | 'last'

/** Id of the row that a direction leads to; the same one where it leads nowhere. */
export function walk(
  shown: readonly Shown[],
  rows: readonly AlignedRow[],
  { from, direction }: { readonly from: string | undefined; readonly direction: Direction },
): string | undefined {
  const at = shown.findIndex((one) => one.id === from)
  const near = (index: number): string | undefined => shown[index]?.id ?? from
  if (direction === 'first' || at === -1) return near(0)
  if (direction === 'last') return near(shown.length - 1)
  if (direction === 'up') return near(Math.max(0, at - 1))
  if (direction === 'down') return near(Math.min(shown.length - 1, at + 1))
  const row = rows.find((one) => one.id === from)
  if (row === undefined) return from
  const wanted = direction === 'cause' ? causeOf(row, rows) : effectOf(row, rows)
  // What lies in a closed fold cannot be reached by a key.
  return shown.some((one) => one.id === wanted?.id) ? wanted?.id : from
}

export const causeOf = (row: AlignedRow, rows: readonly AlignedRow[]): AlignedRow | undefined => {
  const parent = row.seen?.parent
  return parent === undefined ? undefined : rows.find((one) => one.ids.includes(parent))
}

export const effectOf = (row: AlignedRow, rows: readonly AlignedRow[]): AlignedRow | undefined =>
  rows.find((one) => one.seen?.parent !== undefined && row.ids.includes(one.seen.parent))
