// The contract of every transport. Whatever carries the events, business code may rely on this and on nothing else: order per
// key, effects once, retries that hold back only their own key, dead letters that an operator can redrive or discard.

import assert from 'node:assert/strict'
import type { Transaction } from '../../db/transaction.ts'
import type { Envelope } from '../../pure/envelope.ts'
import { Broken, Terminal, Unavailable } from '../../pure/failure.ts'
import { discardDeadLetter, listDeadLetters, redriveDeadLetters } from '../dead-letters.ts'
import { countIs, DOUBLES, effect, effects, eventually, INVERSIONS, number } from './consumers.ts'
import { newEvent, OTHER_TOPIC, TOPIC } from './harness.ts'
import { fences, members, replays } from './members-contract.ts'
import { COUNT, type Suite, scenario, zero } from './scenario.ts'

export function transportContract(suite: Suite): void {
  order(suite)
  once(suite)
  batches(suite)
  batchesInOrder(suite)
  retries(suite)
  outages(suite)
  operators(suite)
  replays(suite)
  members(suite)
  fences(suite)
}

function order(suite: Suite): void {
  scenario(
    suite,
    `${suite.drainEvents} events of 50 keys – each handled once, in order per key`,
    async (h) => {
      const m = await h.member('a')
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
      for (let n = 0; n < suite.drainEvents; n += 200) {
        await h.publish(Array.from({ length: 200 }, (_, i) => newEvent(`k${i % 50}`, { n: n + i })))
      }
      await eventually(h.pool, COUNT('g'), countIs(suite.drainEvents), 120_000)
      await eventually(h.pool, INVERSIONS, zero)
      await eventually(h.pool, DOUBLES, zero)
    },
  )
}

function once(suite: Suite): void {
  scenario(suite, `an event published twice – one effect a group`, async (h) => {
    const m = await h.member('a')
    await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
    await m.transport.subscribe(effects({ group: 'h', pool: m.pool }))
    const twice = newEvent('k', { n: 1 })
    await h.publish([twice])
    await h.publish([twice, newEvent('k', { n: 2 })])
    await eventually(h.pool, 'select count(*) from public.effects', countIs(4))
    await eventually(h.pool, DOUBLES, zero)
  })

  scenario(suite, `a group that joins later – reads the log from its beginning`, async (h) => {
    const m = await h.member('a')
    await h.publish(Array.from({ length: 700 }, (_, n) => newEvent(`k${n % 7}`, { n })))
    await m.transport.subscribe(effects({ group: 'late', pool: m.pool }))
    await eventually(h.pool, COUNT('late'), countIs(700))
    await eventually(h.pool, INVERSIONS, zero)
  })

  scenario(
    suite,
    `a handler that publishes – its event exists exactly when its effect does`,
    async (h) => {
      const m = await h.member('a')
      const before = (event: { key: string; data: unknown }, attempt: number) => {
        if (event.key === 'twice' && attempt === 1) throw new Error('the first try fails')
        return [
          newEvent(event.key, event.data as object, { topic: OTHER_TOPIC, type: 'other.happened' }),
        ]
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
      await h.publish([newEvent('once', { n: 1 }), newEvent('twice', { n: 2 })])
      await eventually(h.pool, COUNT('g'), countIs(2))
      const { rows } = await h.pool.query(
        `select key from bus.log where type = 'other.happened' order by key`,
      )
      assert.deepEqual(rows, [{ key: 'once' }, { key: 'twice' }])
    },
  )
}

function batches(suite: Suite): void {
  scenario(
    suite,
    `a batch consumer with a poisoned event – the others are handled, that one parked`,
    async (h) => {
      const m = await h.member('a')
      await m.transport.subscribe({
        group: 'batch',
        pool: m.pool,
        topics: [TOPIC],
        handlers: new Map(),
        batch: {
          types: 'all',
          handle: async (tx, events) => {
            for (const event of events) {
              if (number(event) === 333) throw new Error('poison')
              effect(tx, 'batch', event)
            }
            return []
          },
        },
      })
      await h.publish(Array.from({ length: 500 }, (_, n) => newEvent(`k${n % 3}`, { n })))
      await eventually(h.pool, COUNT('batch'), countIs(499))
      await eventually(
        h.pool,
        `select count(*) from bus.parked where dead_at is not null and data->>'n' = '333'`,
        countIs(1),
      )
      await eventually(h.pool, DOUBLES, zero)
    },
  )
}

/** A batch consumer; `before` may throw. */
const batch = (pool: Parameters<typeof effects>[0]['pool'], before: (event: Envelope) => void) => ({
  group: 'batch',
  pool,
  topics: [TOPIC],
  handlers: new Map(),
  batch: {
    types: 'all' as const,
    handle: async (tx: Transaction, events: readonly Envelope[]) => {
      for (const event of events) {
        before(event)
        effect(tx, 'batch', event)
      }
      return []
    },
  },
})

function batchesInOrder(suite: Suite): void {
  scenario(suite, `an event that stands in one batch twice – one effect`, async (h) => {
    const m = await h.member('a')
    const twice = newEvent('k', { n: 1 })
    await h.publish([newEvent('k', { n: 0 }), twice])
    await h.publish([twice, newEvent('k', { n: 2 })])
    await m.transport.subscribe(batch(m.pool, () => undefined))
    await eventually(h.pool, `select count(*) from public.effects where n = 2`, countIs(1))
    await eventually(h.pool, COUNT('batch'), countIs(3))
  })

  scenario(
    suite,
    `a batch consumer whose event fails for a while – later events of its key wait, others pass`,
    async (h) => {
      const m = await h.member('a')
      const failsUntil = performance.now() + 100
      const before = (event: Envelope) => {
        if (number(event) === 10 && performance.now() < failsUntil) throw new Error('not yet')
      }
      await h.publish(
        Array.from({ length: 30 }, (_, n) => newEvent(n % 2 === 0 ? 'bad' : 'good', { n })),
      )
      await m.transport.subscribe(batch(m.pool, before))
      await eventually(h.pool, COUNT('batch'), countIs(30))
      await eventually(h.pool, INVERSIONS, zero)
    },
  )
}

function retries(suite: Suite): void {
  scenario(
    suite,
    `an event that fails twice – retried, its key waits, other keys flow`,
    async (h) => {
      const m = await h.member('a')
      const tries: number[] = []
      const before = (event: { key: string; data: unknown }, attempt: number) => {
        if (event.key !== 'bad' || (event.data as { n: number }).n !== 1) return []
        tries.push(attempt)
        if (attempt < 3) throw new Error('not yet')
        return []
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
      await h.publish([
        newEvent('bad', { n: 1 }),
        newEvent('bad', { n: 2 }),
        newEvent('good', { n: 1 }),
        newEvent('bad', { n: 3 }),
      ])
      await eventually(h.pool, COUNT('g'), countIs(4))
      await eventually(h.pool, INVERSIONS, zero)
      assert.deepEqual(tries, [1, 2, 3])
      await eventually(h.pool, 'select count(*) from bus.parked', zero)
    },
  )

  for (const [what, never] of [
    ['an event that never succeeds', new Error('never')],
    ['an event at which what is asked breaks each time', new Broken('never')],
  ] as const)
    scenario(suite, `${what} – four tries, then dead; its key is held back`, async (h) => {
      const m = await h.member('a')
      let tries = 0
      const before = (event: { data: unknown }) => {
        if ((event.data as { n: number }).n !== 1) return []
        tries += 1
        throw never
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
      await h.publish([
        newEvent('bad', { n: 1 }),
        newEvent('bad', { n: 2 }),
        newEvent('good', { n: 3 }),
      ])
      await eventually(
        h.pool,
        `select count(*) from bus.parked where dead_at is not null`,
        countIs(1),
      )
      await eventually(h.pool, COUNT('g'), countIs(1))
      const [letter] = await listDeadLetters(h.pool)
      assert.equal(tries, 4)
      assert.equal(letter?.attempts, 4)
      assert.equal(letter?.waiting, 1)
      assert.match(letter?.error ?? '', /never/)
    })
}

function outages(suite: Suite): void {
  scenario(
    suite,
    `a dead event of a group that skips – later events of the key pass`,
    async (h) => {
      const m = await h.member('a')
      const before = (event: { data: unknown }) => {
        if ((event.data as { n: number }).n === 1) throw new Terminal('test.no', 'never')
        return []
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before, onDeath: 'skip' }))
      await h.publish([newEvent('k', { n: 1 }), newEvent('k', { n: 2 })])
      await eventually(h.pool, COUNT('g'), countIs(1))
      const [letter] = await listDeadLetters(h.pool)
      assert.equal(letter?.attempts, 1, 'a terminal failure is not tried again')
      assert.equal(letter?.error_code, 'test.no')
    },
  )

  scenario(
    suite,
    `a dependency that is down – the group pauses and spends no attempt`,
    async (h) => {
      const m = await h.member('a')
      const tries: number[] = []
      const before = (_: unknown, attempt: number) => {
        tries.push(attempt)
        if (tries.length < 4) throw new Unavailable('down')
        return []
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
      await h.publish([newEvent('k', { n: 1 })])
      await eventually(h.pool, COUNT('g'), countIs(1))
      assert.deepEqual(tries, [1, 1, 1, 1])
    },
  )
}

function operators(suite: Suite): void {
  scenario(
    suite,
    `a redriven dead letter – handled, then what waited behind it, in order`,
    async (h) => {
      const m = await h.member('a')
      let repaired = false
      const before = (event: { data: unknown }) => {
        if (!repaired && (event.data as { n: number }).n === 1)
          throw new Terminal('test.broken', 'broken')
        return []
      }
      await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
      await h.publish([newEvent('k', { n: 1 }), newEvent('k', { n: 2 }), newEvent('k', { n: 3 })])
      await eventually(h.pool, 'select count(*) from bus.parked', countIs(3))
      repaired = true
      assert.equal(await redriveDeadLetters(h.pool, { group: 'g' }), 1)
      await eventually(h.pool, COUNT('g'), countIs(3))
      await eventually(h.pool, INVERSIONS, zero)
      await h.publish([newEvent('k', { n: 4 })])
      await eventually(h.pool, COUNT('g'), countIs(4))
    },
  )

  scenario(suite, `a discarded dead letter – stays on record, the key goes on`, async (h) => {
    const m = await h.member('a')
    const before = (event: { data: unknown }) => {
      if ((event.data as { n: number }).n === 1) throw new Terminal('test.broken', 'broken')
      return []
    }
    await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
    const poison = newEvent('k', { n: 1 })
    await h.publish([poison, newEvent('k', { n: 2 })])
    await eventually(h.pool, 'select count(*) from bus.parked', countIs(2))
    const why = { reason: 'a test order', by: 'usr_test' }
    assert.equal(await discardDeadLetter(h.pool, { group: 'g', eventId: poison.id }, why), true)
    assert.equal(await discardDeadLetter(h.pool, { group: 'g', eventId: poison.id }, why), false)
    await eventually(h.pool, COUNT('g'), countIs(1))
    const { rows } = await h.pool.query('select reason, discarded_by from bus.discarded')
    assert.deepEqual(rows, [{ reason: 'a test order', discarded_by: 'usr_test' }])
  })
}
