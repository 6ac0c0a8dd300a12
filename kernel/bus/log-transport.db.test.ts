import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { rawSql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Envelope } from '../pure/envelope.ts'
import { openLogWriter } from './log.ts'
import { Member } from './member.ts'
import { countIs, effects, eventually, INVERSIONS, number } from './testing/consumers.ts'
import { newEvent, OTHER_TOPIC, openLogHarness, TOPIC } from './testing/harness.ts'
import { transportContract } from './testing/transport-contract.ts'

const full = process.env.PROOF === 'full'
const seed = Number(process.env.SEED || randomInt(2 ** 31))

/** As many whole numbers in 0..below-1, the same for the same seed. */
const drawn = (many: number, below: number): readonly number[] =>
  fc.sample(fc.noBias(fc.nat(below - 1)), { seed, numRuns: many })

transportContract({ name: 'log', open: openLogHarness, drainEvents: full ? 100_000 : 10_000 })

test('ends – a topic never written, and the same after its first event – are told apart, for those who look from another process', async (t) => {
  const { url, writer, publish } = await openLogHarness(t)
  const member = await Member.join({ url, instance: 'onlooker' })
  t.after(() => member.leave())
  const { id } = writer.topic(TOPIC)
  assert.deepEqual(await member.ends([id]), new Map([[id, 0n]]))
  await publish([newEvent('a', {})])
  assert.deepEqual(await member.ends([id]), new Map([[id, 1n]]))
})

test('log – written here, by another process, and rolled back after the offset was drawn – each once, in order per key', async (t) => {
  const { pool, writer, publish, member } = await openLogHarness(t)
  const seen = new Map<string, number[]>()
  const reader = await member('reader')
  await reader.transport.subscribe(
    effects({
      group: 'g',
      pool: reader.pool,
      before: ({ key, data }) => {
        seen.set(key, [...(seen.get(key) ?? []), (data as { n: number }).n])
        return []
      },
    }),
  )
  const foreign = await openLogWriter(pool, [TOPIC, OTHER_TOPIC])
  const lost = async (key: string): Promise<void> => {
    const last = () => [...writer.append([newEvent(key, { n: -1 })]), rawSql('select 1 / 0')]
    await assert.rejects(
      inTransaction(pool, async () => undefined, { last }),
      /division by zero/,
    )
  }
  const ways = [
    (key: string, n: number) => publish([newEvent(key, { n })]),
    (key: string, n: number) => publish([newEvent(key, { n })]),
    (key: string, n: number) =>
      inTransaction(pool, async () => undefined, {
        last: () => foreign.append([newEvent(key, { n })]),
      }),
  ]
  const keys = Array.from({ length: 12 }, (_, i) => `k${i}`)
  t.diagnostic(`seed=${seed}`)
  const [losses, chosen] = [drawn(12 * 40, 10), drawn(12 * 40, ways.length)]
  await Promise.all(
    keys.map(async (key, k) => {
      for (let n = 0; n < 40; n++) {
        const nth = k * 40 + n
        if (losses[nth] === 0) await lost(key)
        await ways[chosen[nth] ?? 0]?.(key, n)
      }
    }),
  )
  await eventually(pool, `select count(*) from public.effects where grp = 'g'`, countIs(12 * 40))
  await eventually(pool, INVERSIONS, countIs(0))
  for (const key of keys)
    assert.deepEqual(seen.get(key), [...Array(40).keys()], `${key}, seed=${seed}`)
})

test('log – all written here – nothing is read back', async (t) => {
  const { pool, publish, member } = await openLogHarness(t)
  const reader = await member('reader')
  await reader.transport.subscribe(effects({ group: 'g', pool: reader.pool }))
  const reads: string[] = []
  const { query } = reader.pool
  reader.pool.query = ((asked: { name?: string }, ...rest: unknown[]) => {
    if (asked.name?.startsWith('read_')) reads.push(asked.name)
    return (query as (...all: unknown[]) => unknown).call(reader.pool, asked, ...rest)
  }) as typeof query
  const began = performance.now()
  await Promise.all(Array.from({ length: 300 }, (_, n) => publish([newEvent(`k${n % 9}`, { n })])))
  await eventually(pool, `select count(*) from public.effects where grp = 'g'`, countIs(300))
  // The look that keeps it honest comes once a second; and a busy machine may keep an answer back for longer than is waited.
  const looks = 30 + (performance.now() - began) / 1_000
  assert.ok(reads.length <= looks, `${reads.length} reads`)
})

test('log – opened while an append is long in committing – starts, and hands all on in order', async (t) => {
  const { pool, publish, member, writer } = await openLogHarness(t)
  const slow = await pool.connect()
  const early = newEvent('k', { n: 1 })
  await slow.query('begin')
  for (const { text, values } of writer.append([early])) await slow.query(text, [...values])
  const reader = await member('reader')
  await reader.transport.subscribe(effects({ group: 'g', pool: reader.pool }))
  const others = Array.from({ length: 40 }, (_, n) => newEvent(`other ${n}`, { n })).filter(
    (event) => writer.partOf(event) !== writer.partOf(early),
  )
  await publish(others)
  await eventually(
    pool,
    `select count(*) from public.effects where grp = 'g'`,
    countIs(others.length),
  )
  await slow.query('commit')
  slow.release()
  await eventually(pool, `select count(*) from public.effects where key = 'k'`, countIs(1))
})

test('log – events with which a handler has nothing to do – no transaction, no inbox; one that it cannot look into – handled', async (t) => {
  const { pool, publish, member } = await openLogHarness(t)
  const reader = await member('reader')
  const when = (event: Envelope) => {
    if (number(event) === 3) throw new Error('unreadable')
    return number(event) % 10 === 0
  }
  await reader.transport.subscribe(effects({ group: 'g', pool: reader.pool, when }))
  for (let n = 1; n <= 30; n++) await publish([newEvent('k', { n })])
  await eventually(pool, `select count(*) from public.effects`, countIs(4))
  const { rows } = await pool.query(
    `select array_agg(n order by n) as seen, (select count(*)::int from bus.inbox) as kept from public.effects`,
  )
  assert.deepEqual(rows, [{ seen: [3, 10, 20, 30], kept: 4 }])
})
