import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { goodPurchase } from '@rialto/flows/testing/good-purchase.ts'
import { changed, repeated, without } from '@rialto/flows/testing/plant.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { HOUR, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { isRecorded } from '@rialto/kernel/trace/recorder.ts'
import { dropRuns } from './features/drop-runs.ts'
import { judgeFlows } from './features/judge-flows.ts'
import { watchRuns } from './features/watch-runs.ts'
import { complete } from './judge.ts'
import { writeRecord } from './record.ts'
import { type ObserverOptions, observer } from './service.ts'
import { countDeviating } from './store.ts'

const options: ObserverOptions = {
  groups: new Map(),
  participants: new Map(),
  pool: () => assert.fail('nothing here needs the bus'),
  completeness: complete,
}
const whole = observer(options)

/** Events have ids of their own in each run. */
const uuidOf = (flow: string, id: string): string => {
  const hex = createHash('md5').update(`${flow} ${id}`).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const inFlow = (flow: string, { id, parent, ...rest }: Interaction): Interaction => ({
  ...{ ...rest, flow, id: uuidOf(flow, id) },
  ...(parent === undefined ? {} : { parent: uuidOf(flow, parent) }),
})

const due = (within: string): string =>
  `update observer.flows set next_at = now() + interval '${within}' where next_at is not null`

async function openRecord(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
  service = whole,
) {
  const host = await testHost(t, { services: [service], settings })
  const { pool } = host.db
  const record = (flow: string, interactions: readonly Interaction[]): Promise<void> =>
    inTransaction(pool, async (tx) =>
      writeRecord(
        tx,
        interactions.map((i) => inFlow(flow, i)),
        new Map(),
      ),
    )
  return {
    host,
    record,
    forget: () => host.runJob(service, dropRuns),
    judge: () => host.runJob(service, judgeFlows),
    /** Lets everything that is due at some time be due now. */
    wait: () => pool.query(due('-20 s')),
    /** Lets it be due much later, however long the test takes. */
    postpone: () => pool.query(due('1 hour')),
    now: async (): Promise<string> => (await pool.query('select now()::text as now')).rows[0].now,
    count: async (where: string): Promise<number> =>
      (await pool.query(`select from observer.flows where ${where}`)).rowCount ?? 0,
    figures: async () =>
      (await inTransaction(pool, (tx) => watchRuns.read(tx, 0))).map(({ value }) => value),
  }
}

test('runs – more than are judged at once are due – one tick judges all; how many wait, and how long, is told', async (t) => {
  const { record, judge, wait, postpone, count, figures } = await openRecord(t)
  for (let n = 0; n < 25; n++) await record(`ord_${n}`, goodPurchase())
  await postpone()
  assert.deepEqual(await figures(), [0, 0])
  await wait()
  const [runs, age] = await figures()
  assert.equal(runs, 25)
  assert.ok(age !== undefined && age >= 20 && age < 200, String(age))
  await judge()
  assert.equal(await count(`verdict = 'conforms' and next_at is null`), 25)
  assert.deepEqual(await figures(), [0, 0])
})

test('runs – one that waits for a person – is judged once, and again when something comes for it', async (t) => {
  const { record, judge, wait, now, count } = await openRecord(t)
  const run = goodPurchase({ looks: 0 })
  await record('ord_1', run.slice(0, 20))
  await wait()
  await judge()
  assert.equal(await count(`verdict = 'running' and next_at is null`), 1)
  const before = await now()
  await record('ord_1', run.slice(20))
  assert.equal(await count(`next_at between '${before}' and now() + interval '3 s'`), 1)
  await wait()
  await judge()
  assert.equal(await count(`verdict = 'conforms' and next_at is null`), 1)
})

test('runs – one that is over, lacks something and is not yet at rest – is judged again when it is', async (t) => {
  const { host, record, judge, wait, count } = await openRecord(t)
  const run = without(goodPurchase(), 'P.39')
  const shift = host.clock.now() - 1_000 - run.length
  await record(
    'ord_1',
    run.map((i) => ({ ...i, at: i.at + shift })),
  )
  await wait()
  await judge()
  assert.equal(await count(`verdict = 'running' and next_at < now() + interval '2 s'`), 1)
  host.clock.advance(2 * HOUR + 3 * SECOND)
  await wait()
  await judge()
  assert.equal(await count(`verdict = 'deviates' and next_at is null`), 1)
})

test('runs – something is missing at rest – told a minute later, looked at again, and final when it has not come', async (t) => {
  const { host, record, judge, wait, count } = await openRecord(t)
  const run = without(goodPurchase(), 'P.39')
  const shift = host.clock.now() - 3 * SECOND - run.length
  const recorded = run.map((i) => ({ ...i, at: i.at + shift - 1_000 }))
  for (const flow of ['ord_1', 'ord_2']) await record(flow, recorded)
  const look = async (laterMs: number): Promise<void> => {
    host.clock.advance(laterMs)
    await wait()
    await judge()
  }
  const due = (word: string, within: string): Promise<number> =>
    count(`verdict = '${word}' and next_at < now() + interval '${within}' and handled is null`)
  await look(0)
  assert.equal(await due('running', '1 min'), 2)
  await look(MINUTE)
  assert.equal(await due('deviates', '9 min'), 2)
  // Who was late has handled it.
  const mended = goodPurchase().filter(({ id }) => id === 'P.39')
  await record(
    'ord_2',
    mended.map((i) => ({ ...i, at: i.at + shift - 1_000 })),
  )
  await look(9 * MINUTE)
  assert.equal(await due('deviates', '111 min'), 1)
  assert.equal(await count(`flow = 'ord_2' and verdict = 'conforms' and next_at is null`), 1)
  await look(2 * HOUR)
  assert.equal(await count(`verdict = 'deviates' and next_at is null and handled is not null`), 1)
})

test('runs – something is there that is not drawn – is told at once, for good', async (t) => {
  const { host, record, judge, wait, count } = await openRecord(t)
  const shift = host.clock.now() - 10 * SECOND
  const run = repeated(goodPurchase(), 'P.24')
  await record(
    'ord_1',
    run.map((i) => ({ ...i, at: i.at + shift })),
  )
  await wait()
  await judge()
  assert.equal(await count(`verdict = 'deviates' and next_at is null`), 1)
})

test('runs – what came so far conforms, and it is not yet at rest – is judged once more when it is', async (t) => {
  const { host, record, judge, wait, count } = await openRecord(t)
  // What is announced was not granted in its commit; until it is at rest a step of that commit may still come.
  const run = changed(goodPurchase(), 'P.28', { parent: 'P.10' })
  const shift = host.clock.now() - 1_000 - run.length
  await record(
    'ord_1',
    run.map((i) => ({ ...i, at: i.at + shift - 1_000 })),
  )
  await wait()
  await judge()
  assert.equal(
    await count(`verdict = 'conforms' and next_at < now() + interval '3 s' and handled is null`),
    1,
  )
  host.clock.advance(3 * SECOND)
  await wait()
  await judge()
  assert.equal(await count(`verdict = 'deviates' and next_at is null`), 1)
})

test('runs – the checker fails over one, another is too large – told as not judged; a good one beside them is judged', async (t) => {
  const { host, record, judge, wait, count } = await openRecord(t)
  const { pool } = host.db
  const endless = { payload: { items: 2 ** 40 } }
  await record('ord_wrong', changed(goodPurchase(), 'P.25', endless))
  await record('ord_good', goodPurchase())
  await record('ord_large', goodPurchase({ looks: 500 }))
  await wait()
  await judge()
  assert.equal(await count(`flow = 'ord_good' and verdict = 'conforms'`), 1)
  const told = await pool.query(
    `select flow, deviations->0->>'text' as text from observer.flows
      where verdict = 'inconclusive' and next_at is null order by flow`,
  )
  assert.deepEqual(told.rows, [
    { flow: 'ord_large', text: 'More than 2000 interactions are recorded.' },
    { flow: 'ord_wrong', text: 'The checker failed over it; the log says how.' },
  ])
})

test('runs – began days ago, found to deviate now – count for a day from now, and once', async (t) => {
  const { host, record, judge, wait } = await openRecord(t)
  const { pool } = host.db
  const alarm = async (): Promise<unknown> =>
    (await inTransaction(pool, (tx) => tx.many(countDeviating()))).map(({ kind, runs }) => [
      ...[kind, runs],
    ])
  const shift = host.clock.now() - HOUR
  const late = (run: readonly Interaction[]) => run.map((i) => ({ ...i, at: i.at + shift }))
  await record('ord_1', late(goodPurchase()))
  await wait()
  await judge()
  assert.deepEqual(await alarm(), [])
  await pool.query(`update observer.flows set first_at = now() - interval '2 days'`)
  await record('ord_1', late(repeated(goodPurchase(), 'P.24')))
  await wait()
  await judge()
  assert.deepEqual(await alarm(), [['wrong_count', 1]])
  await pool.query(`update observer.flows set deviates_at = now() - interval '25 hours'`)
  // Judged again, it is no news.
  await pool.query(`update observer.flows set next_at = now()`)
  await judge()
  assert.deepEqual(await alarm(), [])
})

test('runs – half of the flows are recorded – one that is deviates, one that is not is told as not judged', async (t) => {
  const rate = 0.5
  const half = observer({
    ...options,
    completeness: { ...complete, isRecorded: (flow) => isRecorded(flow, rate) },
  })
  const { record, judge, wait, count } = await openRecord(t, {}, half)
  const names = Array.from({ length: 40 }, (_, n) => `ord_${n}`)
  const recorded = names.find((flow) => isRecorded(flow, rate)) as string
  const other = names.find((flow) => !isRecorded(flow, rate)) as string
  await record(recorded, without(goodPurchase(), 'P.25'))
  // Of the others the log still has the events.
  await record(
    other,
    goodPurchase().filter(({ kind }) => kind === 'publish'),
  )
  await wait()
  await judge()
  assert.equal(await count(`flow = '${recorded}' and verdict = 'deviates'`), 1)
  assert.equal(await count(`flow = '${other}' and verdict = 'inconclusive'`), 1)
})

test('runs – something was lost – one of that time is inconclusive where it lacks something, another deviates', async (t) => {
  const outage = { from: 0, to: 5_000 }
  const lossy = observer({
    ...options,
    completeness: { ...complete, hasLost: (from, to) => outage.from <= to && outage.to >= from },
  })
  const { record, judge, wait, count } = await openRecord(t, {}, lossy)
  const run = without(goodPurchase(), 'P.39')
  await record('ord_then', run)
  await record(
    'ord_later',
    run.map((i) => ({ ...i, at: i.at + HOUR })),
  )
  await wait()
  await judge()
  assert.equal(await count(`flow = 'ord_then' and verdict = 'inconclusive'`), 1)
  assert.equal(await count(`flow = 'ord_later' and verdict = 'deviates'`), 1)
})

test('runs – what belongs to no diagram – is never due', async (t) => {
  const { record, count, figures } = await openRecord(t)
  await record('usr_1', goodPurchase())
  assert.equal(await count('next_at is null'), 1)
  assert.deepEqual(await figures(), [0, 0])
})

test('runs – judged longer ago than they are kept for – are forgotten, a batch after the other; others stay', async (t) => {
  const { host, record, forget, judge, wait, count } = await openRecord(t, {
    OBSERVER_RETENTION: '10d',
  })
  const { pool } = host.db
  const old = Array.from({ length: 501 }, (_, n) => `ord_old_${n}`)
  for (const flow of old) await record(flow, goodPurchase().slice(0, 2))
  const kept = ['ord_open', 'ord_new', 'ord_again', 'ord_unjudged']
  for (const flow of [...kept, 'ord_lost', 'usr_1']) await record(flow, goodPurchase().slice(0, 2))
  await pool.query(
    `update observer.flows set verdict = 'conforms', judged_at = now(), next_at = null`,
  )
  const change = (set: string, flow: string) =>
    pool.query(`update observer.flows set ${set} where flow ~ $1`, [flow])
  const days = (n: number) =>
    `to_timestamp(${host.clock.now()}::float8 / 1000) - interval '${n} days'`
  await change(`first_at = ${days(11)}, judged_at = ${days(11)}`, '.')
  await change(`first_at = ${days(9)}, judged_at = ${days(9)}`, 'ord_new')
  await change(`judged_at = ${days(1)}`, 'ord_again')
  await change(`next_at = now()`, 'ord_unjudged')
  await change(`verdict = 'running'`, 'ord_(open|lost)')
  await change(`first_at = ${days(21)}`, 'ord_lost')
  await forget()
  const left = async (table: string) =>
    (await pool.query(`select distinct flow from observer.${table} order by 1`)).rows.map(
      ({ flow }) => flow,
    )
  assert.deepEqual(await left('flows'), kept.toSorted())
  assert.deepEqual(await left('records'), kept.toSorted())
  // What is left of a run is judged as ever.
  await wait()
  await judge()
  assert.equal(await count(`flow = 'ord_unjudged' and next_at is null`), 1)
})
