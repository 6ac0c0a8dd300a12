// The part of the contract that is about who reads: a group set back by an operator, members that come, go, vanish, are overtaken.

import assert from 'node:assert/strict'
import { sql } from '../../db/sql.ts'
import { replayGroup } from '../replay.ts'
import { countIs, DOUBLES, effects, eventually, INVERSIONS } from './consumers.ts'
import { newEvent } from './harness.ts'
import { COUNT, type Suite, scenario, zero } from './scenario.ts'

export function replays(suite: Suite): void {
  scenario(suite, `a group that is set back – handles all again, in order`, async (h) => {
    const m = await h.member('a')
    await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
    await m.transport.subscribe(effects({ group: 'other', pool: m.pool }))
    await h.publish(Array.from({ length: 200 }, (_, n) => newEvent(`k${n % 7}`, { n })))
    await eventually(h.pool, COUNT('g'), countIs(200))
    await eventually(h.pool, COUNT('other'), countIs(200))
    await h.pool.query(`delete from public.effects where grp = 'g'`)
    await replayGroup(h.pool, 'g')
    await eventually(h.pool, COUNT('g'), countIs(200))
    await eventually(h.pool, INVERSIONS, zero)
    await h.publish([newEvent('k1', { n: 200 })])
    await eventually(h.pool, COUNT('g'), countIs(201))
    await eventually(h.pool, COUNT('other'), countIs(201))
    await eventually(h.pool, DOUBLES, zero)
  })
}

export function members(suite: Suite): void {
  scenario(
    suite,
    `a second member joins and leaves under load – shared work, once, in order`,
    async (h) => {
      const a = await h.member('a')
      await a.transport.subscribe(effects({ group: 'g', pool: a.pool }))
      const batch = (from: number) =>
        Array.from({ length: 100 }, (_, i) => newEvent(`k${i % 40}`, { n: from + i }))
      for (let n = 0; n < 10; n++) await h.publish(batch(n * 100))
      const b = await h.member('b')
      await b.transport.subscribe(effects({ group: 'g', pool: b.pool }))
      await eventually(
        h.pool,
        `select count(distinct owner) from bus.cursors where grp = 'g' and owner is not null`,
        countIs(2),
      )
      for (let n = 10; n < 20; n++) await h.publish(batch(n * 100))
      await b.transport.stop()
      for (let n = 20; n < 30; n++) await h.publish(batch(n * 100))
      await eventually(h.pool, COUNT('g'), countIs(3_000))
      await eventually(h.pool, INVERSIONS, zero)
      await eventually(h.pool, DOUBLES, zero)
    },
  )

  scenario(
    suite,
    `a member that vanishes – its partitions are taken before its lease is over, nothing lost or doubled`,
    async (h) => {
      const a = await h.member('a')
      await a.transport.subscribe(effects({ group: 'g', pool: a.pool }))
      await h.publish([newEvent('k', { n: 0 })])
      await eventually(h.pool, COUNT('g'), countIs(1))
      await a.vanish()
      await h.publish(Array.from({ length: 100 }, (_, n) => newEvent(`k${n % 9}`, { n: n + 1 })))
      const b = await h.member('b')
      await b.transport.subscribe(effects({ group: 'g', pool: b.pool }))
      await eventually(h.pool, COUNT('g'), countIs(101))
      await eventually(h.pool, DOUBLES, zero)
    },
  )
}

export function fences(suite: Suite): void {
  scenario(
    suite,
    `a member that lost its partition – its transaction is rolled back`,
    async (h) => {
      const m = await h.member('a')
      let stolen = false
      const before = async () => {
        if (!stolen)
          await h.pool.query(
            `update bus.cursors set epoch = epoch + 1, owner = null where grp = 'g'`,
          )
        stolen = true
        return []
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
      await h.publish([newEvent('k', { n: 1 })])
      await eventually(h.pool, COUNT('g'), countIs(1))
      await eventually(h.pool, `select count(*) from bus.inbox`, countIs(1))
      assert.equal(stolen, true)
      const { rows } = await h.pool.query(
        sql`select max(epoch) as epoch from bus.cursors where grp = 'g'`.text,
      )
      assert.ok(rows[0].epoch >= 3n, 'claimed, stolen, claimed again')
    },
  )
}
