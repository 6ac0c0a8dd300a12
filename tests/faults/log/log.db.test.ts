// The product's log under everything at once. `npm test` takes a few seconds of it, PROOF=full the minute that is promised.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { theLog } from './designs/log.ts'
import { assertWhole, PEACE, PLAIN_LOAD, round } from './round.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))

test('log – writers and readers killed, frozen and cut off at random – nothing lost, doubled or inverted', async (t) => {
  const result = await round(t, {
    design: theLog,
    seed,
    writers: full ? 16 : 5,
    connections: full ? 2 : 3,
    readers: 3,
    loadMs: full ? 60_000 : 8_000,
    events: 1_000,
    leaseMs: 3_000,
    load: { ...PLAIN_LOAD, repeatShare: 0.02, failPercent: 2 },
    attack: {
      ...PEACE,
      killEveryMs: full ? 350 : 600,
      terminateEveryMs: 900,
      freezeEveryMs: 4_000,
      freezeMs: 6_000,
    },
  })
  // An event whose every try met a killed reader goes aside in sight; on a busy machine a try takes longer and meets more.
  await assertWhole(result, { maxShare: 0.05 })
  assert.ok(result.faults.kills >= 8, `too few kills to mean anything: ${result.line}`)
  assert.ok(result.published >= 500, `too few events to mean anything: ${result.line}`)
})
