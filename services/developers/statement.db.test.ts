import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { demoLogins } from '@rialto/contracts/accounts/demo.ts'
import {
  getDeveloperBalance,
  getDeveloperStatement,
  getDeveloperStatementCsv,
} from '@rialto/contracts/developers/http.ts'
import { DAY } from '@rialto/kernel/pure/time.ts'
import { testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import fc from 'fast-check'
import { buyer, nord, openStudio, type Studio, sued } from './developers.fixture.ts'
import { developers } from './service.ts'

const ids = testIds(12)
const [ada, stranger] = [1, 2].map(() => testUser(ids.next('usr'), 'developer'))
const operator = testUser(ids.next('usr'), 'operator')
const DEMO_COMPANY = 'dev_00000000000000000000000001'

interface Statement {
  readonly totals: readonly {
    readonly currency: string
    readonly opening_balance: number
    readonly sales: number
    readonly refunds: number
    readonly closing_balance: number
    readonly entries: number
  }[]
  readonly items: readonly { readonly transaction_item_id: string; readonly amount: number }[]
  readonly next_cursor?: string
}

const join = (studio: Studio, developer = nord) =>
  studio.db.pool.query('insert into developers.members values ($1, $2)', [ada?.id, developer])

async function sell(studio: Studio, amount: number, title = 'Salt & Signal') {
  const sale = studio.place([{ developer: nord, amount, title }])
  assert.equal((await studio.deliver(developers, studio.completed(sale))).kind, 'done')
  return sale
}

async function statement(studio: Studio, month: string, more: object = {}): Promise<Statement> {
  const query = { month, developer_id: nord, ...more }
  const answer = await studio.call(getDeveloperStatement, { caller: operator, query })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as unknown as Statement
}

describe('developers’ statements', { timeout: 120_000 }, () => {
  test('balance – own company, another one, no company, operator, customer – each sees what is theirs', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    await join(studio)
    await sell(studio, 79_900)
    const ask = async (caller: typeof operator, developer_id?: string) => {
      const query = developer_id === undefined ? {} : { developer_id }
      const { status, body } = await studio.call(getDeveloperBalance, { caller, query })
      return [status, body.code ?? body.developer_id]
    }
    assert.deepEqual(await ask(ada as never), [200, nord])
    assert.deepEqual(await ask(ada as never, nord), [200, nord])
    assert.deepEqual(await ask(ada as never, sued), [403, 'developers.not_your_developer'])
    assert.deepEqual(await ask(stranger as never), [403, 'developers.no_membership'])
    assert.deepEqual(await ask(operator), [400, 'developers.developer_required'])
    assert.deepEqual(await ask(operator, sued), [200, sued])
    assert.deepEqual(await ask(buyer), [403, 'kernel.forbidden'])
    assert.deepEqual(await ask(operator, '../x'), [400, 'kernel.invalid_input'])
    const mine = await studio.call(getDeveloperBalance, { caller: ada as never })
    const [first] = mine.body.balances as { currency: string; balance: number }[]
    assert.deepEqual([first?.currency, first?.balance], ['RUB', 45_844])
  })

  test('demo data – written twice – the demo developer sees the demo company', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    await studio.host.seed()
    await studio.host.seed()
    const login = demoLogins.find(({ role }) => role === 'developer')
    const caller = testUser(login?.userId ?? '', 'developer')
    const { body } = await studio.call(getDeveloperBalance, { caller })
    assert.equal(body.developer_id, DEMO_COMPANY)
  })

  test('statement – sales on both sides of a month’s end, a refund after it – each in its month, the sums continue', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    studio.clock.set(Date.UTC(2026, 0, 31, 23, 59, 59, 999))
    const sale = await sell(studio, 79_900)
    studio.clock.advance(1)
    await sell(studio, 10_000)
    assert.equal((await studio.deliver(developers, studio.refunded(sale, 79_900))).kind, 'done')
    const [january, february, march] = [
      await statement(studio, '2026-01'),
      await statement(studio, '2026-02'),
      await statement(studio, '2026-03'),
    ]
    assert.deepEqual(january.totals, [
      {
        ...{ currency: 'RUB', opening_balance: 0, sales: 45_844, refunds: 0 },
        ...{ closing_balance: 45_844, entries: 1 },
      },
    ])
    assert.deepEqual(february.totals, [
      {
        ...{ currency: 'RUB', opening_balance: 45_844, sales: 5_738, refunds: -45_844 },
        ...{ closing_balance: 5_738, entries: 2 },
      },
    ])
    assert.deepEqual(march.totals, [
      {
        ...{ currency: 'RUB', opening_balance: 5_738, sales: 0, refunds: 0 },
        ...{ closing_balance: 5_738, entries: 0 },
      },
    ])
    assert.deepEqual([january.items.length, march.items.length], [1, 0])
    assert.equal((await statement(studio, '2025-12')).totals[0]?.closing_balance, 0)
  })

  test('statement – page by page – every line once; a foreign cursor and a month that is none refused', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    for (let i = 0; i < 7; i++) {
      const sale = await sell(studio, 1_000 + i)
      const again = { ...sale, paymentId: `pay_${sale.orderId.slice(4)}` }
      if (i === 3) await studio.deliver(developers, studio.completed(again))
    }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await statement(studio, '2026-01', { limit: 1, ...(cursor && { cursor }) })
      seen.push(...page.items.map((item) => item.transaction_item_id))
      cursor = page.next_cursor
    } while (cursor !== undefined)
    assert.equal(new Set(seen).size, 7)
    assert.equal(seen.length, 8, 'one line was sold by two payments')
    for (const bad of [
      { month: '2026-13' },
      { month: '2026-1' },
      { month: '2026-01', cursor: 'x' },
    ]) {
      const query = { developer_id: nord, ...bad }
      const answer = await studio.call(getDeveloperStatement, { caller: operator, query })
      assert.deepEqual([answer.status, answer.body.code], [400, 'kernel.invalid_input'])
    }
  })

  test('statement as a file – as long as a file may be, and one line longer – all of it; refused, never cut', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    const write = (from: number, to: number) =>
      studio.db.pool.query(
        `insert into developers.entries (order_id, line_id, cause, payment_id, developer_id, product_id, title, price_minor,
                                         tax_minor, amount_minor, currency, sold_at, booked_at)
         select 'ord_' || n, 'lin_' || n, 'sale', 'pay_' || n, $1, 'prd_1', 'A game', 100, 10, 50, 'RUB', at, at
           from generate_series($2::int, $3::int) n, (select timestamptz '2026-01-15T12:00:00Z' as at) x`,
        [nord, from, to],
      )
    const read = () => {
      const query = { month: '2026-01', developer_id: nord }
      return studio.call(getDeveloperStatementCsv, { caller: operator, query })
    }
    await write(1, 50_000)
    assert.equal((await read()).status, 200)
    await write(50_001, 50_001)
    const { status, body } = await read()
    assert.deepEqual(
      [status, body.code, body.money],
      [400, 'developers.statement_too_long', 'untouched'],
    )
  })

  test('statement as a file – a title that is a formula – guarded; amounts are whole numbers', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    await join(studio)
    const sale = await sell(studio, 79_900, '=cmd|"/c calc"!A1')
    await studio.deliver(developers, studio.refunded(sale, 79_900))
    const query = { month: '2026-01' }
    const answer = await studio.call(getDeveloperStatementCsv, { caller: ada as never, query })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8')
    const [head, ...lines] = String(answer.body.text).split('\r\n')
    assert.match(String(head), /^\uFEFFbooked_at,sold_at,reason,transaction_item_id,/)
    assert.equal(lines.length, 3)
    const texts = lines.join('\n')
    assert.match(texts, /,sale,.*,"'=cmd\|""\/c calc""!A1",79900,14408,45844,RUB/)
    assert.match(texts, /,refund,.*,-79900,-14408,-45844,RUB/)
    const refused = await studio.call(getDeveloperStatementCsv, {
      caller: stranger as never,
      query,
    })
    assert.equal(refused.body.code, 'developers.no_membership')
  })

  test('statement – any sales and refunds over half a year – the months sum to the balance', async (t) => {
    const studio = await openStudio(t, { consuming: false })
    const deeds = fc.array(
      fc.record({
        amount: fc.integer({ min: 1, max: 300_000 }),
        back: fc.option(fc.integer({ min: 1, max: 300_000 }), { nil: 0 }),
        days: fc.integer({ min: 0, max: 40 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(deeds, async (plan) => {
        await studio.db.pool.query('truncate developers.entries, developers.balances')
        studio.clock.set(Date.UTC(2026, 0, 15))
        for (const { amount, back, days } of plan) {
          const sale = await sell(studio, amount)
          studio.clock.advance(days * DAY)
          if (back > 0) await studio.deliver(developers, studio.refunded(sale, back))
        }
        let balance = 0
        for (const month of ['01', '02', '03', '04', '05', '06', '07', '08', '09']) {
          const { totals, items } = await statement(studio, `2026-${month}`)
          const [sums] = totals
          assert.equal(sums?.opening_balance, balance)
          const moved = items.reduce((sum, item) => sum + item.amount, 0)
          assert.equal(sums.sales + sums.refunds, moved)
          balance += moved
          assert.equal(sums.closing_balance, balance)
        }
        assert.equal(await studio.balance(nord), BigInt(balance))
      }),
      { numRuns: 15 },
    )
  })
})
