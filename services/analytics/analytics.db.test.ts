import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getFunnel, getRevenue, getRevenueCsv } from '@rialto/contracts/analytics/http.ts'
import { replayGroup } from '@rialto/kernel/bus/replay.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { DAY } from '@rialto/kernel/pure/time.ts'
import fc from 'fast-check'
import {
  buyer,
  eventsOf,
  type Figures,
  games,
  openFigures,
  operator,
  type Plan,
} from './analytics.fixture.ts'
import { analytics } from './service.ts'

const GROUPS = ['day', 'game', 'region', 'provider'] as const
const START = Date.UTC(2026, 0, 10, 12)
const range = { from: '2026-01-01', to: '2026-02-28' }

const PLANS: readonly Plan[] = [
  { end: 'paid', region: 'RU', provider: 'yookassa', amounts: [79_900, 100], atMs: START },
  { end: 'paid', region: 'KZ', provider: 'sberpay', amounts: [50_000], atMs: START + DAY },
  { end: 'paid', amounts: [0, 7], atMs: START + DAY },
  { end: 'paid twice', region: 'RU', provider: 'yookassa', amounts: [300], atMs: START + 2 * DAY },
  { end: 'late', region: 'RU', provider: 'yookassa', amounts: [9_000], atMs: START },
  { end: 'expired', amounts: [9_000], atMs: START },
  { end: 'canceled', amounts: [9_000, 1], atMs: START + DAY },
]

interface Revenue {
  readonly items: readonly { key: string; amount: number; orders: number; lines: number }[]
  readonly totals: readonly { amount: number; orders: number; lines: number }[]
}

async function revenue(figures: Figures, group_by: (typeof GROUPS)[number]): Promise<Revenue> {
  const query = { group_by, ...range }
  const answer = await figures.call(getRevenue, { caller: operator, query })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as unknown as Revenue
}

/** What the service answers is what the log says, in every group, and the groups sum to the totals. */
async function assertAgreesWithLog(figures: Figures): Promise<Revenue[]> {
  const answers = []
  for (const by of GROUPS) {
    const answer = await revenue(figures, by)
    const shown = answer.items.map((i) => [i.key, i.amount, i.orders]).sort()
    assert.deepEqual(shown, [...(await figures.recomputed(by))].sort(), by)
    const sum = answer.items.reduce((all, item) => all + item.amount, 0)
    assert.equal(sum, answer.totals[0]?.amount ?? 0)
    answers.push(answer)
  }
  return answers
}

const stepsOf = (figures: Figures) => figures.recorded.filter((i) => i.kind === 'step')

describe('analytics', { timeout: 120_000 }, () => {
  test('purchases – all kinds of ends, over the bus – revenue and funnel as the log says, a step a purchase in its flow', async (t) => {
    const figures = await openFigures(t, { consuming: true })
    const orders = PLANS.map((plan) => eventsOf(figures.event, plan))
    for (const events of orders) await figures.publish(...events)
    await figures.handled()
    const [byDay] = await assertAgreesWithLog(figures)
    assert.deepEqual(
      byDay?.items.map((i) => [i.key, i.amount, i.orders, i.lines]),
      [
        ['2026-01-10', 80_000, 1, 2],
        ['2026-01-11', 50_007, 2, 3],
        ['2026-01-12', 300, 1, 1],
      ],
    )
    const flows = orders.slice(0, 4).map((events) => events[0]?.key)
    const steps = stepsOf(figures)
    assert.deepEqual(
      steps.map((i) => `${i.from} ${i.name}`),
      Array(5).fill('AnalyticsSvc purchase_fact:recorded'),
    )
    assert.deepEqual(new Set(steps.map((i) => i.flow)), new Set(flows))
    const causes = orders.flat().filter((e) => steps.some((i) => i.parent === e.id))
    assert.equal(causes.length, 5)
    const { body } = await figures.call(getFunnel, { caller: operator, query: range })
    assert.deepEqual(body.totals, {
      ...{ orders_created: 7, payments_created: 7, payments_failed: 1, orders_paid: 4 },
      ...{ orders_expired: 1, orders_canceled: 1, lines_delivered: 6, messages_sent: 4 },
      ...{ messages_failed: 2, developer_credits: 6, developer_reversals: 0 },
    })
  })

  test('events – the same ids and new ones again, topics in another order – the same rows', async (t) => {
    const figures = await openFigures(t, { consuming: true })
    const events = PLANS.flatMap((plan) => eventsOf(figures.event, plan))
    await figures.publish(...events)
    await figures.handled()
    const before = await figures.rows()
    await figures.publish(...[...events].reverse())
    await figures.publish(...events.map((e) => ({ ...e, id: figures.env.ids.uuid() })))
    await figures.handled()
    assert.deepEqual(await figures.rows(), before)
  })

  test('events – any order, any repetition, any batches – the same rows as once in order', async (t) => {
    const figures = await openFigures(t, { consuming: false })
    const events = PLANS.flatMap((plan) => eventsOf(figures.event, plan))
    for (const event of events) await figures.deliver(analytics, event)
    const expected = await figures.rows()
    const [one, rest] = [
      fc.constantFrom(...events),
      fc.shuffledSubarray(events, { minLength: events.length }),
    ]
    const schedule = fc.record({
      all: rest,
      again: fc.array(one, { maxLength: 20 }),
      size: fc.integer({ min: 1, max: events.length }),
      seed: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(schedule, async ({ all, again, size, seed }) => {
        await figures.db.pool.query(
          'truncate analytics.purchases, analytics.purchase_lines, analytics.marks',
        )
        const mixed: Envelope[] = [...all]
        for (const [i, event] of again.entries())
          mixed.splice((seed[i] ?? 0) % mixed.length, 0, { ...event, id: figures.env.ids.uuid() })
        for (let at = 0; at < mixed.length; at += size) {
          const batch = mixed.slice(at, at + size)
          assert.equal((await figures.deliverTogether(analytics, batch)).kind, 'done')
        }
        assert.deepEqual(await figures.rows(), expected)
      }),
      { numRuns: 30 },
    )
  })

  test('replay – after rows were lost and bent – the figures of before and of the log, no step drawn twice', async (t) => {
    const figures = await openFigures(t, { consuming: true })
    const { pool } = figures.db
    for (const plan of [...PLANS, ...PLANS]) await figures.publish(...eventsOf(figures.event, plan))
    await figures.handled()
    const [rows, answers] = [await figures.rows(), await assertAgreesWithLog(figures)]
    const steps = new Set(stepsOf(figures).map((i) => i.id))
    await pool.query(`delete from analytics.purchases where provider = 'sberpay'`)
    await pool.query('update analytics.purchase_lines set amount_minor = amount_minor + 1')
    await pool.query(`delete from analytics.marks where name = 'orders_created'`)
    assert.notDeepEqual(await figures.rows(), rows)
    assert.ok((await replayGroup(figures.host.pool, 'analytics')) > 0)
    await figures.handled()
    assert.deepEqual(await figures.rows(), rows)
    assert.deepEqual(await assertAgreesWithLog(figures), answers)
    assert.ok(stepsOf(figures).length > steps.size, 'the replay went over the events')
    assert.deepEqual(new Set(stepsOf(figures).map((i) => i.id)), steps)
  })

  test('an event that nobody can read – among others – parked alone, the others counted', async (t) => {
    const figures = await openFigures(t, { consuming: true })
    const [good, newer] = [1, 2].map(() => eventsOf(figures.event, PLANS[0] as Plan))
    const [head, ...tail] = newer as Envelope[]
    await figures.publish(...(good as Envelope[]), ...tail, { ...(head as Envelope), version: 9 })
    await figures.handled()
    const { body } = await figures.call(getFunnel, { caller: operator, query: range })
    const { orders_created, orders_paid } = body.totals as Record<string, number>
    assert.deepEqual([orders_created, orders_paid], [1, 2])
    const { rows } = await figures.db.pool.query('select event_id, error_code from bus.parked')
    assert.deepEqual(rows, [{ event_id: head?.id, error_code: 'bus.newer_event' }])
  })

  test('revenue – as a file, for a customer, over days that are none – a table, refused, refused', async (t) => {
    const figures = await openFigures(t, { consuming: false })
    const events = eventsOf(figures.event, PLANS[0] as Plan)
    await figures.deliverTogether(analytics, events)
    const csv = await figures.call(getRevenueCsv, {
      caller: operator,
      query: { group_by: 'game', ...range },
    })
    assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8')
    assert.equal(
      csv.body.text,
      '\uFEFFgame,label,currency,orders,lines,amount_minor\r\n' +
        `${games[0]},Game 0,RUB,1,1,79900\r\n${games[1]},Game 1,RUB,1,1,100\r\n`,
    )
    for (const route of [getRevenue, getRevenueCsv]) {
      const answer = await figures.call(route, { caller: buyer, query: { group_by: 'day' } })
      assert.deepEqual([answer.status, answer.body.code], [403, 'kernel.forbidden'])
    }
    const refusals: [object, string][] = [
      [{ from: '2026-02-30' }, 'kernel.invalid_input'],
      [{ from: '2026-02-02', to: '2026-02-01' }, 'analytics.range_invalid'],
      [{ from: '2025-01-01', to: '2026-01-02' }, 'analytics.range_invalid'],
      [{ from: '0000-01-01' }, 'kernel.invalid_input'],
      [{ group_by: 'buyer' }, 'kernel.invalid_input'],
    ]
    for (const [bad, code] of refusals) {
      const query = { group_by: 'day' as const, ...bad }
      const answer = await figures.call(getRevenue, { caller: operator, query })
      assert.deepEqual([answer.status, answer.body.code], [400, code], JSON.stringify(bad))
    }
  })

  test('range – nothing, one end, both – the last 30 days, 30 from that end, those', async (t) => {
    const figures = await openFigures(t, { consuming: false })
    const ask = async (asked: { from?: string; to?: string }) => {
      const query = { group_by: 'day' as const, ...asked }
      const { body } = await figures.call(getRevenue, { caller: operator, query })
      return [body.from, body.to]
    }
    assert.deepEqual(await ask({}), ['2025-12-17', '2026-01-15'])
    assert.deepEqual(await ask({ to: '2026-01-30' }), ['2026-01-01', '2026-01-30'])
    assert.deepEqual(await ask({ from: '2025-01-01' }), ['2025-01-01', '2025-01-30'])
    assert.deepEqual(await ask({ from: '2026-01-10' }), ['2026-01-10', '2026-01-15'])
    assert.deepEqual(await ask({ from: '2026-02-10' }), ['2026-02-10', '2026-02-10'])
    assert.deepEqual(await ask({ from: '2025-01-01', to: '2026-01-01' }), [
      '2025-01-01',
      '2026-01-01',
    ])
  })
})
