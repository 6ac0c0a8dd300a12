// What operators see of the machinery: verdicts that stand without anybody's asking, events, groups; and what a buyer does not see.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { interactionSink } from '@rialto/server/observer/sink.ts'
import { callApi, expectStatus, poll } from 'rialto/demo/buyer.ts'
import { forget } from './forget.ts'
import { openWorld, type World } from './harness.ts'
import { type Ordered, order, pay } from './shopper.ts'

interface Flow {
  readonly flow: string
  readonly verdict?: string
  readonly deviations: readonly { readonly type: string; readonly message?: string }[]
}

let world: World
let operator: string
let paid: Ordered
let waiting: Ordered
before(async () => {
  world = await openWorld()
  operator = await world.token(`usr_${'2'.repeat(26)}`, 'operator')
  paid = await order(world.url)
  await pay(world.url, paid)
  waiting = await order(world.url)
  await world.rest()
})
after(() => world.stop())

const ask = <T>(path: `/${string}`, token = operator): Promise<T> =>
  expectStatus(200, callApi<T>(world.url, `GET ${path}`, { token }))

const flows = async (query = ''): Promise<readonly Flow[]> =>
  (await ask<{ items: Flow[] }>(`/admin/flows${query}`)).items

/** The runs, once the sweep has judged this one so. */
const judged = async (flow: string, verdict: string): Promise<readonly Flow[]> => {
  const found = await poll(
    () => flows(),
    (all) => all.some((one) => one.flow === flow && one.verdict === verdict),
  )
  return found as readonly Flow[]
}

/** What a process without the observer recorded, as it sends it. */
async function recordElsewhere(flow: string): Promise<void> {
  const { host, env } = world.platform
  const { clock, ids } = env
  const elsewhere = interactionSink({ instance: 'elsewhere', here: ['orders'], clock, ids })
  elsewhere.connect(host)
  const what = { from: 'A', to: 'B', kind: 'call', name: 'GET /elsewhere', outcome: 'ok' } as const
  await elsewhere.sending.sink([
    { ...what, id: ids.uuid(), flow, at: clock.now(), seq: 1, attempt: 1 },
  ])
}

describe('observer', { timeout: 280_000 }, () => {
  test('runs – one over, one under way – are judged by themselves, found by their verdict and counted', async () => {
    await judged(paid.orderId, 'conforms')
    const all = await judged(waiting.orderId, 'running')
    assert.deepEqual(
      all.map((one) => one.flow),
      [waiting.orderId, paid.orderId],
    )
    assert.deepEqual(
      (await flows('?verdict=running')).map((one) => one.flow),
      [waiting.orderId],
    )
    const { diagrams } = await ask<{ diagrams: Record<string, unknown>[] }>(
      '/admin/conformance?from=2026-01-01T00:00:00Z',
    )
    const [purchase] = diagrams
    assert.deepEqual(
      [purchase?.diagram, purchase?.runs, purchase?.conforms, purchase?.running],
      ['purchase', 2, 1, 1],
    )
  })

  test('runs – something new comes for one that was judged – it is judged again, and what differs is named', async () => {
    await judged(paid.orderId, 'conforms')
    await forget(world.db.pool, paid.orderId, 'order.processing.completed.v1')
    await ask(`/orders/${paid.orderId}`)
    await world.rest()
    // What is missing is told when it has not come for a minute.
    world.advance(2 * MINUTE)
    const all = await judged(paid.orderId, 'deviates')
    const deviations = all.find((one) => one.flow === paid.orderId)?.deviations ?? []
    assert.ok(deviations.some((d) => d.type === 'missing' && d.message === 'P.25'))
    const page = await ask<{ items: Flow[]; next_cursor?: string }>('/admin/flows?limit=1')
    const next = await ask<{ items: Flow[] }>(
      `/admin/flows?limit=1&cursor=${page.next_cursor ?? ''}`,
    )
    assert.notEqual(page.items[0]?.flow, next.items[0]?.flow)
  })

  test('a run – asked for with its revision – is sent once; developers’ earnings are not for buyers', async () => {
    interface Record {
      readonly revision: string
      readonly interactions: readonly { readonly from: string; readonly payload?: object }[]
    }
    const path = `/flows/${paid.orderId}` as const
    const seen = await ask<Record>(path)
    const again = await callApi(world.url, `GET ${path}?known=${seen.revision}`, {
      token: operator,
    })
    assert.equal(again.status, 204)
    const other = await callApi(world.url, `GET ${path}?known=0-none`, { token: operator })
    assert.equal(other.status, 200)
    const told = ({ interactions }: Record): boolean =>
      interactions.some((i) => i.from === 'DeveloperSvc' && i.payload !== undefined)
    assert.ok(told(seen))
    const own = await ask<Record>(path, paid.buyer.token)
    assert.equal(own.interactions.length, seen.interactions.length)
    assert.ok(!told(own))
  })

  test('events – by type, key, flow, id, since – exactly those; the record’s own events only when asked for', async () => {
    interface Logged {
      readonly items: readonly {
        readonly event_id: string
        readonly type: string
        readonly key: string
        readonly topic: string
        readonly appended_at: string
      }[]
    }
    const all = await ask<Logged>('/admin/events?limit=200')
    assert.ok(all.items.length > 15)
    assert.ok(all.items.every((event) => event.topic !== 'observer'))
    const times = all.items.map((event) => event.appended_at)
    assert.deepEqual(times, times.toSorted().reverse())
    // The platform in one process does not send its record to itself; one that works beside it does.
    assert.deepEqual((await ask<Logged>('/admin/events?topic=observer')).items, [])
    await recordElsewhere('usr_elsewhere')
    const own = await ask<Logged>('/admin/events?topic=observer')
    assert.deepEqual(
      own.items.map((event) => event.type),
      ['observer.interactions.recorded'],
    )
    await world.rest()
    const { rows } = await world.db.pool.query(
      `select name from observer.interactions where flow = 'usr_elsewhere'`,
    )
    assert.deepEqual(rows, [{ name: 'GET /elsewhere' }])
    const created = await ask<Logged>('/admin/events?type=order.created')
    assert.deepEqual(
      created.items.map((event) => event.key),
      [waiting.orderId, paid.orderId],
    )
    const ofKey = await ask<Logged>(`/admin/events?key=${waiting.orderId}`)
    assert.ok(ofKey.items.length >= 2)
    assert.ok(ofKey.items.every((event) => event.key === waiting.orderId))
    const ofFlow = await ask<Logged>(`/admin/events?flow=${paid.orderId}&limit=200`)
    assert.ok(ofFlow.items.length > ofKey.items.length)
    const [first] = created.items
    const one = await ask<Logged>(`/admin/events?event_id=${first?.event_id}`)
    assert.deepEqual(one.items, [first])
    // What one commit appended bears one instant, and may be several events.
    const since = await ask<Logged>(`/admin/events?since=${first?.appended_at}&limit=200`)
    const now = await ask<Logged>('/admin/events?limit=200')
    const wanted = now.items.filter((event) => event.appended_at >= (first?.appended_at ?? ''))
    assert.deepEqual(since.items, wanted)
    assert.ok(since.items.length > 0 && since.items.length < now.items.length)
  })

  test('a run – its order and the library looked at again and again – the first looks are drawn, and it conforms', async () => {
    const { orderId, buyer } = await order(world.url)
    await pay(world.url, { orderId, buyer })
    await world.rest()
    for (let n = 0; n < 25; n++) {
      await ask(`/orders/${orderId}`, buyer.token)
      await ask('/library/items', buyer.token)
    }
    const verdict = await world.finalVerdict(orderId)
    assert.equal(verdict.verdict, 'conforms')
    assert.ok(verdict.items.includes('P.50'))
    const { rows } = await world.db.pool.query(
      `select name, count(*)::int as looks from observer.interactions
        where flow = $1 and kind = 'call' and from_name = 'ClientApp' and name like 'GET %' group by name order by name`,
      [orderId],
    )
    assert.deepEqual(rows, [
      { name: 'GET /library/items', looks: 20 },
      { name: 'GET /orders/:order_id', looks: 20 },
    ])
  })

  test('groups – everything handled – no lag, nothing aside', async () => {
    const { groups } = await ask<{ groups: Record<string, unknown>[] }>('/admin/groups')
    assert.ok(groups.some(({ group }) => group === 'orders'))
    for (const { lag, dead_letters: dead } of groups) assert.deepEqual([lag, dead], [0, 0])
  })

  test('dead letters – one that is not there – is told so; nothing is on record', async () => {
    const { status, body } = await callApi(world.url, 'POST /admin/dead-letters/discard', {
      token: operator,
      body: { group: 'library', event_id: randomUUID(), reason: 'gone already' },
    })
    assert.deepEqual([status, body.code, body.money], [404, 'observer.unknown_letter', 'untouched'])
  })

  test('runs – the inbox’s days are dropped, as after a month, then something new comes – still conforms, nothing is missing', async () => {
    interface Told {
      readonly verdict: string
      readonly interactions: readonly unknown[]
    }
    const { orderId, buyer } = await order(world.url)
    await pay(world.url, { orderId, buyer })
    await world.rest()
    await judged(orderId, 'conforms')
    const whole = await ask<Told>(`/flows/${orderId}`)
    const { pool } = world.db
    const days = `select relname from pg_class where relname ~ '^inbox_\\d{8}$'`
    for (const { relname } of (await pool.query(days)).rows)
      await pool.query(`drop table bus.${relname}`)
    const left = await ask<Told>(`/flows/${orderId}`)
    assert.deepEqual(
      [left.verdict, left.interactions.length],
      ['conforms', whole.interactions.length],
    )
    await pool.query('update observer.flows set verdict = null where flow = $1', [orderId])
    await callApi(world.url, `GET /orders/${orderId}`, { token: buyer.token })
    await world.rest()
    const again = (await poll(
      () => flows(),
      (all) => all.some((one) => one.flow === orderId && one.verdict !== undefined),
    )) as readonly Flow[]
    assert.equal(again.find((one) => one.flow === orderId)?.verdict, 'conforms')
  })
})
