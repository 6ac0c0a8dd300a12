// The record of a flow read straight from the database, for commands.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import type pg from 'pg'
import { groupsOf, services } from '../services.ts'
import { judge, readFlow } from './judge.ts'

/** Judges what is recorded under a key; undefined when nothing is. */
export async function judgeRecorded(
  pool: pg.Pool,
  flow: string,
): Promise<{ verdict: Verdict; interactions: readonly Interaction[] } | undefined> {
  const interactions = await inTransaction(pool, (tx) => readFlow(tx, flow, groupsOf(services)), {
    readOnly: true,
  })
  if (interactions.length === 0) return undefined
  const verdict = judge(flow, { interactions, now: systemClock.now(), lossy: false })
  return verdict === undefined ? undefined : { verdict, interactions }
}
