// Writes the living record: which flows there are, and what was said in them.

import { createHash } from 'node:crypto'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Transaction } from '@rialto/kernel/db/transaction.ts'
import { diagramOf } from './judge.ts'
import { insertParts, type Part, upsertFlows } from './store.ts'

/** What arrived together, flow by flow and in one order, so that two transactions never wait for each other in a circle. */
function partsOf(found: readonly Interaction[]): Part[] {
  const byFlow = Map.groupBy(found, ({ flow }) => flow)
  return [...byFlow.keys()].sort().map((flow) => {
    const interactions = (byFlow.get(flow) ?? []).map(({ flow: _, ...rest }) => rest)
    const ids = interactions.map(({ id }) => id).sort()
    const part = createHash('sha1').update(ids.join()).digest('base64url')
    return { flow, part, interactions }
  })
}

/** Adds interactions to the record. `owners` says whose some of the flows are. Given again, in whatever company, they change nothing. */
export function writeRecord(
  tx: Pick<Transaction, 'write'>,
  found: readonly Interaction[],
  owners: ReadonlyMap<string, string>,
): void {
  if (found.length === 0) return
  const parts = partsOf(found)
  tx.write(
    upsertFlows(
      parts.map(({ flow }) => ({
        ...{ flow, userId: owners.get(flow) ?? null },
        diagram: diagramOf(flow)?.id ?? null,
      })),
    ),
  )
  tx.write(insertParts(parts))
}
