// Logs that are wrong on purpose: the designs that were rejected and the bugs that are easily made in the one that was chosen.
// Each stands the trial of the product's log under its own kind of trouble. A round passes when the judge names the fault: one
// that it did not find would be a defect of the judge.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Crew } from './crew.ts'
import type { Design } from './design.ts'
import { ackFirst } from './designs/ack-first.ts'
import { attemptUnwritten } from './designs/attempt-unwritten.ts'
import { clockLease } from './designs/clock-lease.ts'
import { fenceDropped } from './designs/fence-dropped.ts'
import { inboxDropped } from './designs/inbox-dropped.ts'
import { offsetBeforeLock } from './designs/offset-before-lock.ts'
import { overtakingRetry } from './designs/overtaking-retry.ts'
import { plainSequence } from './designs/plain-sequence.ts'
import { timeGap } from './designs/time-gap.ts'
import { xidHorizon } from './designs/xid-horizon.ts'
import type { Verdict } from './judge.ts'
import type { Load } from './load.ts'
import type { Attack } from './nemesis.ts'
import { PEACE, PLAIN_LOAD, round } from './round.ts'

const seed = Number(process.env.SEED || randomInt(2 ** 31))

interface Planted {
  readonly design: Design
  readonly fault: 'lost' | 'doubled' | 'inverted'
  readonly load?: Partial<Load>
  readonly attack?: Partial<Attack>
  /** Lost is only what stays away when all is quiet; the other faults are there once seen. */
  readonly enough?: (verdict: Verdict, crew: Crew) => boolean
}

const FROZEN: Partial<Load> = {
  freezeEvery: 5,
  freezeMs: 1_200,
  handlerMs: 5,
  keys: 10,
  idleMs: 40,
}
/** Many keys a partition, so that their writers do not wait for each other's rows. */
const CROWDED: Partial<Load> = { keys: 100, idleMs: 4 }
/** Twice what a design that counts would allow. */
const CRASHES = 8

const planted: readonly Planted[] = [
  { design: plainSequence, fault: 'lost', load: CROWDED },
  { design: offsetBeforeLock, fault: 'lost', load: CROWDED },
  { design: timeGap, fault: 'lost', load: { slowMs: 150, handlerMs: 0 } },
  { design: xidHorizon, fault: 'inverted', load: { keys: 10 } },
  { design: inboxDropped, fault: 'doubled', load: { repeatShare: 0.05 } },
  {
    design: ackFirst,
    fault: 'lost',
    load: { handlerMs: 20 },
    attack: { killEveryMs: 500, readerShare: 1 },
  },
  { design: fenceDropped, fault: 'doubled', load: FROZEN },
  { design: clockLease, fault: 'doubled', load: FROZEN },
  { design: overtakingRetry, fault: 'inverted', load: { failPercent: 5 } },
  {
    design: attemptUnwritten,
    fault: 'lost',
    load: { poison: true, keys: 8, idleMs: 100 },
    enough: (verdict, crew) => verdict.aside === 0 && crew.deaths.reader >= CRASHES,
  },
]

const trial = ({ design, fault, load, attack, enough }: Planted) =>
  test(`planted – ${design.name} – the judge finds events ${fault}`, async (t) => {
    const result = await round(t, {
      design,
      seed,
      writers: 2,
      connections: 6,
      readers: 2,
      loadMs: 1_500,
      events: 500,
      leaseMs: 500,
      // Another test's frozen transaction on the same server holds back what a design may read that waits for the oldest one.
      quietMs: fault === 'lost' ? 1_200 : 60_000,
      load: { ...PLAIN_LOAD, ...load },
      attack: { ...PEACE, ...attack },
      enough: enough ?? ((verdict) => fault !== 'lost' && verdict[fault] > 0),
    })
    assert.ok(result[fault] > 0, `the judge did not find it: ${result.line}`)
  })

// Two at a time: each waits more than it works.
describe('planted', { concurrency: 2 }, () => {
  for (const one of planted) trial(one)
})
