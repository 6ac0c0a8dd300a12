// Which rows of an alignment are drawn, and which lie folded. A fold keeps its place, says how many rows it holds and opens by
// itself alone, so that nothing is out of reach; what differs is never folded.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'

export interface View {
  /** What a participant does by itself. */
  readonly steps: boolean
  /** What other documents add to the flow, and what came again. */
  readonly additions: boolean
  /** Differences only. */
  readonly differing: boolean
  /** Folds that are open, by their ids. */
  readonly open: ReadonlySet<string>
}

export interface ShownRow {
  readonly kind: 'row'
  readonly id: string
  readonly row: AlignedRow
  /** The open fold that it stands in. */
  readonly fold?: string
}
export interface Fold {
  readonly kind: 'fold'
  readonly id: string
  readonly count: number
  /** Its rows follow. */
  readonly isOpen: boolean
}
export type Shown = ShownRow | Fold

export const isDifferent = (row: AlignedRow): boolean =>
  row.mark === 'missing' ||
  row.mark === 'moved' ||
  row.mark === 'foreign' ||
  row.deviations.length > 0

const kindOf = (row: AlignedRow): string | undefined => row.seen?.kind ?? row.drawn?.kind

function isFolded(row: AlignedRow, view: View): boolean {
  if (isDifferent(row)) return false
  if (view.differing) return true
  const isAddition = row.mark === 'added' || row.mark === 'repeat'
  return (!view.additions && isAddition) || (!view.steps && kindOf(row) === 'step')
}

export function shownRows(rows: readonly AlignedRow[], view: View): Shown[] {
  const shown: Shown[] = []
  let folded: AlignedRow[] = []
  const close = (): void => {
    const [first] = folded
    if (first === undefined) return
    const id = `fold ${first.id}`
    const isOpen = view.open.has(id)
    shown.push({ kind: 'fold', id, count: folded.length, isOpen })
    if (isOpen) for (const row of folded) shown.push({ kind: 'row', id: row.id, row, fold: id })
    folded = []
  }
  for (const row of rows) {
    if (isFolded(row, view)) {
      folded.push(row)
      continue
    }
    close()
    shown.push({ kind: 'row', id: row.id, row })
  }
  close()
  return shown
}

/** Rows whose identity survives where they say the same, so that only what changed is drawn again. */
export function reuseRows(
  before: readonly AlignedRow[],
  after: readonly AlignedRow[],
): readonly AlignedRow[] {
  const known = new Map(before.map((row) => [row.id, row]))
  return after.map((row) => {
    const old = known.get(row.id)
    return old !== undefined && isSame(old, row) ? old : row
  })
}

const isSame = (a: AlignedRow, b: AlignedRow): boolean =>
  a.mark === b.mark &&
  a.drawn === b.drawn &&
  a.round === b.round &&
  a.pair === b.pair &&
  a.ids.length === b.ids.length &&
  a.seen?.id === b.seen?.id &&
  a.seen?.outcome === b.seen?.outcome &&
  a.deviations.map((d) => d.text).join('\n') === b.deviations.map((d) => d.text).join('\n')
