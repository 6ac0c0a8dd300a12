// Order by transaction id below the oldest running one. Nothing is passed over, but a transaction draws its id at its first
// write and may then wait for a row that a younger one has: the order of a key is not the order of its commits.

import { sql } from '@rialto/kernel/db/sql.ts'
import type { Design } from '../design.ts'
import { appendPlain, GROUP, handleRows, lockedLoop, PLAIN_LOG, type Row } from './cursor-loop.ts'

export const xidHorizon: Design = {
  name: 'xid-horizon',
  groups: [GROUP],
  plant: PLAIN_LOG,
  openWriter: async () => appendPlain,
  openReader: async (start) =>
    lockedLoop(start, async (tx, { xid, seq }) => {
      const rows = await tx.many(
        sql<Row>`select seq, xid::text as xid, event from plain.log
          where (xid, seq) > (${xid}::xid8, ${seq}) and xid < pg_snapshot_xmin(pg_current_snapshot())
          order by plain.log.xid, seq limit 100`,
      )
      await handleRows(tx, start, rows)
    }),
}
