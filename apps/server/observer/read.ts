// The record of a flow read straight from the database, for commands.

import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import type { Verdict } from '@rialto/flows/checker/verdict.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { systemClock } from '@rialto/kernel/host/clock.ts'
import { isRecorded } from '@rialto/kernel/trace/recorder.ts'
import type pg from 'pg'
import { groupsOf, services } from '../services.ts'
import { complete, judge, readFlow } from './judge.ts'

/** Judges what is recorded under a key, where so large a share of all flows is recorded; undefined when nothing is. */
export async function judgeRecorded(
  pool: pg.Pool,
  flow: string,
  rate: number,
): Promise<{ verdict: Verdict; interactions: readonly Interaction[] } | undefined> {
  const known = await inTransaction(pool, (tx) => readFlow(tx, flow, groupsOf(services)), {
    readOnly: true,
  })
  const { interactions, isLarge } = known
  if (interactions.length === 0 && !isLarge) return undefined
  const completeness = { ...complete, isRecorded: (key: string) => isRecorded(key, rate) }
  const verdict = judge(flow, known, { now: systemClock.now(), completeness })
  return verdict === undefined ? undefined : { verdict, interactions }
}
