// Gap detection by time, the "high-water mark": a reader that meets a gap in the sequence waits a while, then takes it for a
// rollback and passes. A transaction that was only slow is lost.

import type { Design } from '../design.ts'
import { appendPlain, GROUP, handleRows, lockedLoop, PLAIN_LOG, rowsAfter } from './cursor-loop.ts'

/** Five to ten times what a transaction takes here when nobody is in its way. */
const PATIENCE_MS = 30

export const timeGap: Design = {
  name: 'time-gap',
  groups: [GROUP],
  plant: PLAIN_LOG,
  openWriter: async () => appendPlain,
  openReader: async (start) => {
    let gap: { after: bigint; since: number } | undefined
    const isOld = (after: bigint): boolean => {
      if (gap?.after !== after) gap = { after, since: performance.now() }
      return performance.now() - gap.since > PATIENCE_MS
    }
    return lockedLoop(start, async (tx, cursor) => {
      const found = await tx.many(rowsAfter(cursor.seq))
      let mark = cursor.seq
      const rows = []
      for (const row of found) {
        if (row.seq !== mark + 1n && !isOld(mark)) break
        rows.push(row)
        mark = row.seq
      }
      await handleRows(tx, start, rows)
    })
  },
}
