// Corners of the log that a random round reaches too rarely to rely on: each is set up by hand, without processes.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { TopicTail } from '@rialto/kernel/bus/tail/tail.ts'
import { countIs, effects, eventually } from '@rialto/kernel/bus/testing/consumers.ts'
import { newEvent, openLogHarness, TOPIC } from '@rialto/kernel/bus/testing/harness.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'

const COUNT = 'select count(*) from public.effects'
const IDLE_TRANSACTIONS = `select count(*) from pg_stat_activity
  where datname = current_database() and state = 'idle in transaction'`
const WAITING = `select count(*) from pg_locks
  where locktype = 'advisory' and classid = 1380076877 and not granted
    and database = (select oid from pg_database where datname = current_database())`
const DEAD = 'select count(*) from bus.parked where dead_at is not null'

type Harness = Awaited<ReturnType<typeof openLogHarness>>

/** Keys of two different partitions. */
function twoKeys({ writer }: Harness): [string, string] {
  const part = (key: string) => writer.partOf(newEvent(key, {}))
  const other = ['k1', 'k2', 'k3', 'k4', 'k5'].find((key) => part(key) !== part('k0'))
  return ['k0', other as string]
}

const numbered = (key: string, count: number, from = 0): Envelope[] =>
  Array.from({ length: count }, (_, i) => newEvent(key, { n: from + i }))

test('log – a commit that comes after a higher offset of another partition was read – is seen without more traffic', async (t) => {
  const h = await openLogHarness(t)
  const m = await h.member('a')
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool }))
  const [slow, quick] = twoKeys(h)
  const client = await h.pool.connect()
  try {
    const [append] = h.writer.append(numbered(slow, 1))
    await client.query('begin')
    await client.query(append?.text as string, [...(append?.values ?? [])])
    await h.publish(numbered(quick, 1))
    await eventually(h.pool, COUNT, countIs(1))
    await client.query('commit')
  } finally {
    client.release()
  }
  // Sooner than a topic at rest is looked at.
  await eventually(h.pool, COUNT, countIs(2), 20_000)
})

test('log – a partition that lags while the topic enters another segment – is read to its end', async (t) => {
  const h = await openLogHarness(t)
  const topic = h.writer.topic(TOPIC)
  const [lagging, leading] = twoKeys(h)
  const startAt = (off: number) => h.pool.query(`select setval('bus.off_${topic.id}', ${off})`)
  await startAt(1_999_000)
  await h.publish(numbered(lagging, 1))
  const nothing = () => undefined
  const tail = await TopicTail.open({ pool: h.pool, topic, onRecords: nothing, onTrouble: nothing })
  await h.publish(numbered(lagging, 700))
  await startAt(2_400_000)
  await h.publish(numbered(leading, 1_200))
  tail.wake()
  await tail.settled()
  const { rows } = await h.pool.query(
    'select part, max(off) as head from bus.log where topic = $1 group by part',
    [topic.id],
  )
  assert.equal(rows.length, 2)
  for (const { part, head } of rows) assert.equal(tail.head(part), head)
})

type Held = Promise<readonly Envelope[]>

/** What a handler waits for whose process is gone. Asked for before the harness, which waits for all handlers at the end. */
function untilTheEnd(t: TestContext): Held {
  const held = Promise.withResolvers<readonly Envelope[]>()
  t.after(() => held.resolve([]))
  return held.promise
}

/** Two members begin the only event and vanish before they end it: the first has no reason to note what it begins, the other has. */
async function beginAndVanish(h: Harness, held: Held): Promise<void> {
  await h.publish(numbered('k', 1))
  for (const name of ['first', 'next']) {
    const member = await h.member(name)
    const begun = Promise.withResolvers<void>()
    const before = () => {
      begun.resolve()
      return held
    }
    await member.transport.subscribe(effects({ group: 'g', pool: member.pool, before }))
    await begun.promise
    await member.vanish()
  }
}

test('log – a dependency down while an event is tried alone after a crash – spends no attempt', async (t) => {
  const held = untilTheEnd(t)
  const h = await openLogHarness(t)
  await beginAndVanish(h, held)
  const m = await h.member('second')
  const tries: number[] = []
  const before = (_: Envelope, attempt: number) => {
    tries.push(attempt)
    if (tries.length <= 5) throw new Unavailable('down')
    return []
  }
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
  await eventually(h.pool, `select (${COUNT}) + (${DEAD}) as count`, countIs(1))
  assert.deepEqual(tries, [2, 2, 2, 2, 2, 2])
})

test('log – a partition given back before the event of a crash was tried – the next member knows of the crash', async (t) => {
  const held = untilTheEnd(t)
  const h = await openLogHarness(t)
  await beginAndVanish(h, held)
  const second = await h.member('second')
  const tried = Promise.withResolvers<void>()
  const down = () => {
    tried.resolve()
    throw new Unavailable('down')
  }
  await second.transport.subscribe(effects({ group: 'g', pool: second.pool, before: down }))
  await tried.promise
  await second.transport.stop()
  const third = await h.member('third')
  const tries: number[] = []
  const before = (_: Envelope, attempt: number) => {
    tries.push(attempt)
    return []
  }
  await third.transport.subscribe(effects({ group: 'g', pool: third.pool, before }))
  await eventually(h.pool, COUNT, countIs(1))
  assert.deepEqual(tries, [2])
})

test('log – a parked event whose retries take the process with them – four tries in all, then dead', async (t) => {
  const held = untilTheEnd(t)
  const h = await openLogHarness(t)
  await h.publish(numbered('k', 1))
  let tries = 0
  for (const name of ['a', 'b', 'c']) {
    const member = await h.member(name)
    const hangs = Promise.withResolvers<void>()
    const before = (_: Envelope, attempt: number) => {
      tries += 1
      if (attempt === 1) throw new Error('the first try fails in an orderly way')
      hangs.resolve()
      return held
    }
    await member.transport.subscribe(effects({ group: 'g', pool: member.pool, before }))
    await hangs.promise
    await member.vanish()
  }
  const last = await h.member('last')
  const before = () => {
    tries += 1
    return []
  }
  await last.transport.subscribe(effects({ group: 'g', pool: last.pool, before }))
  await eventually(h.pool, `select (${COUNT}) + (${DEAD}) as count`, countIs(1))
  const { rows } = await h.pool.query('select attempts, error_code from bus.parked')
  assert.deepEqual(rows, [{ attempts: 4, error_code: 'bus.crash_loop' }])
  assert.equal(tries, 4)
})

test('log – a partition lost while the member’s own connection is away – is taken up again', async (t) => {
  const h = await openLogHarness(t)
  const m = await h.member('a')
  const holder = await h.pool.connect()
  await holder.query(`set lock_timeout = '60s'; set statement_timeout = '60s'`)
  const lost = Promise.withResolvers<void>()
  let cut = false
  const lose = async (): Promise<void> => {
    // Whoever comes back as this member waits for its liveness lock, which we are given first: we wait for it already.
    const held = holder.query('select pg_advisory_lock(1380076877, id) from bus.members')
    await Promise.race([eventually(h.pool, WAITING, countIs(1)), held])
    await h.pool.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = current_database() and application_name = 'rialto-bus-member'`,
    )
    await held
    await h.pool.query('update bus.cursors set epoch = epoch + 1')
  }
  const before = async () => {
    if (cut) return []
    cut = true
    await lose().then(lost.resolve, lost.reject)
    return []
  }
  try {
    await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
    await h.publish(numbered('k', 1))
    await lost.promise
    await eventually(h.pool, IDLE_TRANSACTIONS, countIs(0))
    assert.equal((await h.pool.query(COUNT)).rows[0].count, 0n, 'the fence held')
  } finally {
    await holder.query('select pg_advisory_unlock_all()')
    holder.release()
  }
  await eventually(h.pool, COUNT, countIs(1))
})

test('log – a retry that is due while its partition has a backlog – does not wait for the backlog’s end', async (t) => {
  const h = await openLogHarness(t)
  const m = await h.member('a')
  const before = async (event: Envelope, attempt: number) => {
    if (event.key === 'bad' && attempt === 1) throw new Error('not yet')
    await pause(5)
    return []
  }
  const part = h.writer.partOf(newEvent('bad', {}))
  const good = Array.from({ length: 200 }, (_, i) => `g${i}`).filter(
    (key) => h.writer.partOf(newEvent(key, {})) === part,
  )
  const backlog = Array.from({ length: 400 }, (_, n) =>
    newEvent(good[n % good.length] as string, { n }),
  )
  await h.publish([newEvent('bad', { n: 0 }), ...backlog])
  await m.transport.subscribe(effects({ group: 'g', pool: m.pool, before }))
  await eventually(h.pool, COUNT, countIs(401))
  const { rows } = await h.pool.query(
    `select count(*)::int as later from public.effects where id > (select id from public.effects where key = 'bad')`,
  )
  assert.ok(rows[0].later > 100, `only ${rows[0].later} of 400 were handled after the retry`)
})

test('log – a member that joins while every partition is busy – gets its share at once', async (t) => {
  const h = await openLogHarness(t)
  const a = await h.member('a')
  let begun = 0
  // Quick at first, and then so slow that the backlog lasts for most of a minute, whatever the machine does meanwhile.
  const before = async () => {
    begun += 1
    await pause(begun < 1_000 ? 10 : 250)
    return []
  }
  await h.publish(Array.from({ length: 5_000 }, (_, n) => newEvent(`k${n % 100}`, { n })))
  await a.transport.subscribe(effects({ group: 'g', pool: a.pool, before }))
  await eventually(h.pool, COUNT, (rows: { count: bigint }[]) => (rows[0]?.count ?? 0n) > 50n)
  const b = await h.member('b')
  await b.transport.subscribe(effects({ group: 'g', pool: b.pool, before }))
  await eventually(
    h.pool,
    'select count(*) from bus.cursors where owner is not null group by owner',
    (rows: { count: bigint }[]) => rows.length === 2 && rows.every((row) => row.count === 8n),
  )
  const { rows } = await h.pool.query(COUNT)
  assert.ok(rows[0].count < 4_000n, 'the backlog was still there')
})
