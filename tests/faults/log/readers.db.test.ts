// What becomes of the work of a reader that freezes, dies, or is killed by what it reads.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import { theLog } from './designs/log.ts'
import { assertWhole, PEACE, PLAIN_LOAD, round } from './round.ts'

const seed = Number(process.env.SEED || randomInt(2 ** 31))
const LEASE_MS = 120_000

const QUIET = {
  design: theLog,
  seed,
  writers: 1,
  connections: 4,
  readers: 2,
  loadMs: 1_500,
  leaseMs: LEASE_MS,
  load: PLAIN_LOAD,
  attack: PEACE,
}

test('log – a reader frozen for longer than its lease, its transaction open – fenced, the effect is its successor’s alone', async (t) => {
  // A third reader, because each group freezes one, and both may do so at the same time.
  const load = { ...PLAIN_LOAD, freezeEvery: 15, freezeMs: 6_000, keys: 8, idleMs: 40 }
  // Long enough for a busy machine to reach the fifteenth event, at which a reader freezes. A lease that such a machine overstays
  // again and again takes an event's tries, as a handler that blocks its process does: that is meant, but not here.
  const result = await round(t, { ...QUIET, readers: 3, leaseMs: 3_000, loadMs: 5_000, load })
  await assertWhole(result)
  const { rows } = await result.pool.query(
    `select t.worker as frozen, e.worker as handled from proof.traps t join proof.effects e using (event_id, grp)`,
  )
  const taken = (rows as { frozen: string; handled: string }[]).filter(
    (r) => r.frozen !== r.handled,
  )
  assert.ok(taken.length > 0, `nobody took over from a frozen reader: ${JSON.stringify(rows)}`)
  // The inbox answers first when the successor was quick, the fence when it had only taken the partition.
  const { outcomes } = result.crew
  const refused = ['records:fenced', 'records:repeat', 'batches:fenced', 'batches:repeat']
  const count = refused.reduce((sum, outcome) => sum + (outcomes.get(outcome) ?? 0), 0)
  assert.ok(count > 0, `no frozen reader was refused when it came back: ${result.line}`)
})

test('log – the only reader killed and started again – takes its dead predecessor’s leases at once', async (t) => {
  const result = await round(t, {
    ...QUIET,
    readers: 1,
    during: async (crew, pool) => {
      const handledBy = (worker: string): Promise<unknown> =>
        eventually(
          pool,
          `select 1 from proof.effects where worker = '${worker}' limit 1`,
          (r) => r.length > 0,
        )
      await handledBy('reader-1-1')
      const [pid] = crew.pids('reader') as [number]
      const killed = performance.now()
      const successor = crew.successorOf(pid)
      process.kill(pid, 'SIGKILL')
      await successor
      await handledBy('reader-1-2')
      assert.ok(performance.now() - killed < LEASE_MS, 'before the lease was over')
    },
  })
  await assertWhole(result)
  assert.equal(result.crew.deaths.reader, 1)
})

test('log – an event that kills every process that handles it – four tries, then dead; nothing else is', async (t) => {
  const load = { ...PLAIN_LOAD, poison: true, keys: 20 }
  const result = await round(t, { ...QUIET, readers: 2, load })
  const { rows: dead } = await result.pool.query(
    `select grp, key, data->>'n' as n, attempts, error_code from bus.parked where dead_at is not null order by grp`,
  )
  const letter = { key: 'k0', n: '5', attempts: 4, error_code: 'bus.crash_loop' }
  assert.deepEqual(dead, [
    { grp: 'batches', ...letter },
    { grp: 'records', ...letter },
  ])
  const { rows: behind } = await result.pool.query(
    `select count(*)::int as n from bus.parked where grp = 'records' and key = 'k0' and dead_at is null`,
  )
  await assertWhole(result, 2 + behind[0].n)
  const { reader } = result.crew.deaths
  assert.ok(
    reader >= 4 && reader <= 10,
    `two groups tried it four times each, and once before anybody counted; ${reader} processes died`,
  )
})
