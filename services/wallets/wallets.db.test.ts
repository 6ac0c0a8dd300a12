import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OrderCompleted } from '@rialto/contracts/orders/events.ts'
import { walletClient } from '@rialto/contracts/wallets/client.ts'
import { readTrialBalance } from '@rialto/contracts/wallets/http.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { type TestHost, testHost, testUser } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { verifyLedger } from './ledger/verify.ts'
import { wallets } from './service.ts'

const { post: postToLedger, getAccount: readAccount, getBalance: readBalance } = walletClient.routes
const ids = testIds(5)
const service = serviceCaller('payments')
const operator = testUser(ids.next('usr'), 'operator')

const orderId = ids.next('ord')
const completed = (total = 79_900, more: { provider?: string; taxCode?: string } = {}) => ({
  ...{ order_id: orderId, user_id: ids.next('usr'), order_type: 'purchase' as const },
  ...{ total_amount: total, currency: 'RUB', payment_id: ids.next('pay') },
  ...(more.provider === undefined ? {} : { provider: more.provider }),
  completed_at: isoInstant(0),
  items: [
    {
      ...{ line_id: ids.next('lin'), product_id: ids.next('prd'), title: 'Salt & Signal' },
      ...{ quantity: 1, amount: total, list_amount: total, developer_id: 'dev1' },
      tax_code: more.taxCode ?? 'vat22',
    },
  ],
})

const balanceOf = async (host: TestHost, account: string): Promise<unknown> => {
  const query = { account, currency: 'RUB' }
  return (await host.call(readBalance, { caller: service, query })).body.balance
}

test('order.completed – a paid purchase – is posted once, however often it is delivered', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const event = host.event(OrderCompleted, completed())
  assert.deepEqual(await host.deliver(wallets, event), { kind: 'done', events: [] })
  const again = host.event(OrderCompleted, completed())
  for (const delivery of [event, again])
    assert.deepEqual(await host.deliver(wallets, delivery), { kind: 'done', events: [] })
  assert.equal(await balanceOf(host, 'clearing:yookassa'), -79_900)
  assert.equal(await balanceOf(host, 'revenue:platform'), 19_648)
  assert.equal(await balanceOf(host, 'tax:vat'), 14_408)
  assert.equal(await balanceOf(host, 'developer_payable:dev1'), 45_844)
  const { holds, postings } = await verifyLedger(host.db.pool)
  assert.deepEqual({ holds, postings }, { holds: true, postings: 1 })
})

test('order.completed – the same order with another total, a tax code without a rate – fails and posts nothing', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  await host.deliver(wallets, host.event(OrderCompleted, completed()))
  const other = await host.deliver(wallets, host.event(OrderCompleted, completed(79_901)))
  assert.ok(other.kind === 'failed' && other.failure.code === 'sql.RW001')
  const taxed = { ...completed(100, { taxCode: 'vat99' }), order_id: ids.next('ord') }
  const unknown = await host.deliver(wallets, host.event(OrderCompleted, taxed))
  assert.ok(unknown.kind === 'failed')
  assert.equal((await verifyLedger(host.db.pool)).postings, 1)
})

test('order.completed – several at once, one of them twice, then one that contradicts – each posted once; nothing of a batch that fails', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const orders = Array.from({ length: 6 }, () => ids.next('ord'))
  const of = (n: number, total = 100 * n) => ({
    ...completed(total),
    order_id: orders[n] as string,
  })
  const first = of(1)
  const batch = [first, of(2), first, of(3)].map((data) => host.event(OrderCompleted, data))
  assert.equal((await host.deliverTogether(wallets, batch)).kind, 'done')
  assert.equal(await balanceOf(host, 'clearing:yookassa'), -600)
  const bad = [of(4), of(2, 201), of(5)].map((data) => host.event(OrderCompleted, data))
  const failed = await host.deliverTogether(wallets, bad)
  assert.ok(failed.kind === 'failed' && failed.failure.code === 'sql.RW001')
  assert.equal(await balanceOf(host, 'clearing:yookassa'), -600)
  const { holds, postings } = await verifyLedger(host.db.pool)
  assert.deepEqual({ holds, postings }, { holds: true, postings: 3 })
})

test('order.completed – from another provider, or for nothing – is owed by that one, or not posted', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  await host.deliver(wallets, host.event(OrderCompleted, completed(500, { provider: 'tbank' })))
  assert.equal(await balanceOf(host, 'clearing:tbank'), -500)
  const free = { ...completed(0), order_id: ids.next('ord') }
  assert.equal((await host.deliver(wallets, host.event(OrderCompleted, free))).kind, 'done')
  assert.equal((await verifyLedger(host.db.pool)).postings, 1)
})

const move = (key: string, amount: number, legs: readonly [from: string, to: string]) => ({
  ...{ key, kind: 'late_money', reference: orderId },
  legs: [
    { account: legs[0], currency: 'RUB', amount: -amount },
    { account: legs[1], currency: 'RUB', amount },
  ],
})

test('postToLedger – by another service – is made once for its key and says what the accounts hold', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const body = move('late:1', 500, ['clearing:yookassa', 'unapplied:yookassa'])
  const first = await host.call(postToLedger, { caller: service, body })
  assert.equal(first.status, 201)
  assert.deepEqual(first.body.legs, [
    { balance: -500, version: 1 },
    { balance: 500, version: 1 },
  ])
  const again = await host.call(postToLedger, { caller: service, body })
  assert.deepEqual(again.body, { ...first.body, repeated: true })
  assert.equal(await balanceOf(host, 'unapplied:yookassa'), 500)
})

test('postToLedger – what cannot be posted – is refused with a code, and the same again', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const send = async (body: ReturnType<typeof move>) => {
    const { status, body: answer } = await host.call(postToLedger, { caller: service, body })
    return [status, answer.code]
  }
  const wanted = ['unapplied:yookassa', 'clearing:yookassa'] as const
  const short = move('short', 500, wanted)
  for (const _ of ['first', 'again'])
    assert.deepEqual(await send(short), [409, 'wallets.insufficient_funds'])
  assert.deepEqual(await send(move('short', 501, wanted)), [422, 'wallets.key_reused'])
  const nobody = ids.next('acc')
  for (const account of [nobody, 'wallet:usr_x'] as const)
    assert.deepEqual(await send(move(`to:${account}`, 5, ['clearing:yookassa', account])), [
      404,
      'wallets.unknown_account',
    ])
  await host.db.pool.query(
    `update wallets.accounts set state = 'inactive' where kind = 'unapplied'`,
  )
  assert.deepEqual(await send(move('idle', 5, ['clearing:yookassa', 'unapplied:yookassa'])), [
    409,
    'wallets.account_inactive',
  ])
  const lossy = move('lossy', 5, ['clearing:yookassa', 'revenue:nobody'])
  const unbalanced = { ...lossy, legs: [...lossy.legs, { ...lossy.legs[0], amount: 1 }] }
  assert.deepEqual(await send(unbalanced as typeof lossy), [400, 'wallets.unbalanced'])
  const { rowCount } = await host.db.pool.query(
    `select from wallets.accounts where owner = 'nobody'`,
  )
  assert.equal(rowCount, 0)
  assert.ok((await verifyLedger(host.db.pool)).holds)
})

test('postToLedger – an account in another currency, or a hostile name – is refused', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const body = move('1', 5, ['clearing:yookassa', 'revenue:platform'])
  await host.call(postToLedger, { caller: service, body })
  const query = { account: 'clearing:yookassa', currency: 'RUB' }
  const { body: found } = await host.call(readBalance, { caller: service, query })
  const dollars = body.legs.map((leg, i) => ({
    ...{ ...leg, currency: 'USD' },
    ...(i === 0 ? { account: found.account_id as string } : {}),
  }))
  const mixed = await host.call(postToLedger, {
    caller: service,
    body: { ...body, key: '2', legs: dollars },
  })
  assert.deepEqual([mixed.status, mixed.body.code], [409, 'wallets.currency_mismatch'])
  for (const key of ['a","b', '', 'x'.repeat(201), 'tab\t']) {
    const answer = await host.call(postToLedger, { caller: service, body: { ...body, key } })
    assert.equal(answer.status, 400, key)
  }
  const nullish = await host.call(postToLedger, { caller: service, body: { ...body, key: 'null' } })
  assert.equal(nullish.status, 201)
})

test('the ledger’s routes – for whom they are not – are closed', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const customer = testUser(ids.next('usr'))
  const body = move('1', 5, ['clearing:yookassa', 'revenue:platform'])
  assert.equal((await host.call(postToLedger, { caller: customer, body })).status, 403)
  assert.equal((await host.call(postToLedger, { caller: operator, body })).status, 403)
  const query = { account: 'tax:vat', currency: 'RUB' }
  assert.equal((await host.call(readBalance, { caller: customer, query })).status, 403)
  assert.equal((await host.call(readTrialBalance, { caller: customer })).status, 403)
})

test('readAccount – after a posting – shows the account; an unknown one is refused', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  const body = move('1', 5, ['clearing:yookassa', 'unapplied:yookassa'])
  await host.call(postToLedger, { caller: service, body })
  const query = { account: 'unapplied:yookassa', currency: 'RUB' }
  const { body: found } = await host.call(readBalance, { caller: service, query })
  const params = { account_id: found.account_id as string }
  const { body: account } = await host.call(readAccount, { caller: service, params })
  assert.deepEqual(account, {
    ...{ account_id: params.account_id, kind: 'unapplied', owner: 'yookassa', currency: 'RUB' },
    ...{ balance: 5, min_balance: 0, state: 'active', version: 1 },
    opened_at: isoInstant(host.clock.now()),
  })
  const foreign = { ...query, currency: 'USD' }
  const missing = await host.call(readBalance, { caller: service, query: foreign })
  assert.deepEqual([missing.status, missing.body.code], [404, 'wallets.unknown_account'])
  const numbered = { account: params.account_id, currency: 'USD' }
  assert.equal((await host.call(readBalance, { caller: service, query: numbered })).status, 404)
})

test('readTrialBalance – for an operator – sums each kind and says whether all is zero', async (t) => {
  const host = await testHost(t, { services: [wallets] })
  await host.deliver(wallets, host.event(OrderCompleted, completed(12_200)))
  const { body } = await host.call(readTrialBalance, { caller: operator })
  assert.deepEqual(body.rows, [
    { kind: 'clearing', currency: 'RUB', accounts: 1, debit: 12_200, credit: 0, balance: -12_200 },
    {
      kind: 'developer_payable',
      currency: 'RUB',
      accounts: 1,
      debit: 0,
      credit: 7_000,
      balance: 7_000,
    },
    { kind: 'revenue', currency: 'RUB', accounts: 1, debit: 0, credit: 3_000, balance: 3_000 },
    { kind: 'tax', currency: 'RUB', accounts: 1, debit: 0, credit: 2_200, balance: 2_200 },
  ])
  assert.deepEqual(body.totals, [{ currency: 'RUB', balance: 0 }])
  assert.equal(body.balanced, true)
  await host.db.pool.query(
    `update wallets.accounts set balance_minor = balance_minor + 1 where kind = 'tax'`,
  )
  const { body: broken } = await host.call(readTrialBalance, { caller: operator })
  assert.equal(broken.balanced, false)
})
