import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Admin } from '@platformatic/kafka'
import type { Envelope } from '../../pure/envelope.ts'
import { needs } from '../../testing/real.ts'
import { countIs, DOUBLES, effects, eventually, INVERSIONS } from '../testing/consumers.ts'
import { newEvent } from '../testing/harness.ts'
import { type KafkaHarness, openKafkaHarness } from '../testing/kafka.ts'
import { clientOptions } from './client.ts'

const GROUP = 'g'
const KEYS = 40
const REBALANCE_TIMEOUT_MS = 60_000
/** Nobody is expelled here for being slow. */
const SESSION_MS = 10_000
const COUNT = 'select count(*) from public.effects'

/** Handlers of a member that wait at a gate, and what they have begun. Asked for before the harness, which waits for all of them. */
function gated(t: TestContext) {
  const begun = new Set<string>()
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const before = async ({ id }: Envelope) => {
    begun.add(id)
    await opened
    return []
  }
  t.after(() => open())
  return { begun, open: () => open(), before }
}

type Gated = ReturnType<typeof gated>

/** Kafka has given each of both members its part. */
async function bothAreIn(h: KafkaHarness): Promise<void> {
  const admin = new Admin(clientOptions(h.kafka, 'looker'))
  const groupId = `${h.kafka.prefix}${GROUP}`
  try {
    const until = performance.now() + REBALANCE_TIMEOUT_MS
    for (let seen = ''; seen !== 'Stable 2'; ) {
      const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
      seen = `${group?.state} ${group?.members.size}`
      assert.ok(performance.now() < until, `the group is still ${seen}`)
    }
  } finally {
    await admin.close()
  }
}

async function twoMembers(h: KafkaHarness, { old, young }: Record<'old' | 'young', Gated>) {
  young.open()
  const a = await h.member('a')
  await a.transport.subscribe(effects({ group: GROUP, pool: a.pool, before: old.before }))
  await h.publish(Array.from({ length: KEYS }, (_, n) => newEvent(`k${n}`, { n })))
  await eventually(h.pool, 'select 1', () => old.begun.size > 0, 60_000)
  // As many as it takes up at once, which are five.
  for (let before = 0; before < old.begun.size; await pause(1_000)) before = old.begun.size
  const atHand = [...old.begun]
  const b = await h.member('b')
  await b.transport.subscribe(effects({ group: GROUP, pool: b.pool, before: young.before }))
  await bothAreIn(h)
  return atHand
}

async function allOnce(h: KafkaHarness): Promise<void> {
  await eventually(h.pool, COUNT, countIs(KEYS), 60_000)
  await h.publish(Array.from({ length: KEYS }, (_, n) => newEvent(`k${n}`, { n: KEYS + n })))
  await eventually(h.pool, COUNT, countIs(2 * KEYS), 60_000)
  await eventually(h.pool, DOUBLES, countIs(0))
  await eventually(h.pool, INVERSIONS, countIs(0))
  await eventually(
    h.pool,
    `select count(distinct owner) from bus.cursors where grp = '${GROUP}' and owner is not null`,
    ([row]: { count: bigint }[]) => (row?.count ?? 0n) >= 2n,
  )
}

test('kafka – partitions that go to another member – its predecessor first finishes what it has at hand', async (t) => {
  if (needs(t, 'kafka') === undefined) return
  const [old, young] = [gated(t), gated(t)]
  const h = await openKafkaHarness(t, { sessionMs: SESSION_MS, drainMs: 60_000 })
  const atHand = await twoMembers(h, { old, young })
  old.open()
  await allOnce(h)
  assert.deepEqual(
    atHand.filter((id) => young.begun.has(id)),
    [],
  )
  assert.ok(young.begun.size > 0, 'the other has a share')
})

test('kafka – a predecessor that does not finish – is fenced off, and what it had begun happens once', async (t) => {
  if (needs(t, 'kafka') === undefined) return
  const [old, young] = [gated(t), gated(t)]
  const h = await openKafkaHarness(t, { sessionMs: SESSION_MS, drainMs: 100 })
  const atHand = await twoMembers(h, { old, young })
  const taken = () => atHand.some((id) => young.begun.has(id))
  const isTaken = () =>
    eventually(h.pool, 'select 1', taken, 15_000).then(
      () => true,
      () => false,
    )
  // The other's half of the partitions may have none of those in it; a quarter that is left to the first cannot have all.
  for (const name of ['c', 'd']) {
    if (await isTaken()) break
    const more = await h.member(name)
    await more.transport.subscribe(effects({ group: GROUP, pool: more.pool, before: young.before }))
  }
  await eventually(h.pool, 'select 1', taken, 60_000)
  await eventually(
    h.pool,
    `${COUNT} where n >= 0`,
    (rows: { count: bigint }[]) => (rows[0]?.count ?? 0n) > 0n,
    60_000,
  )
  old.open()
  await allOnce(h)
})
