import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { findOwned } from '@rialto/contracts/library/http.ts'
import { OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { serviceCaller } from '@rialto/kernel/service/context.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { library } from './service.ts'

const ids = testIds(13)

async function open(t: TestContext) {
  const host = await testHost(t, { services: [library] })
  const line = (product_id: string = ids.next('prd')) => ({
    ...{ line_id: ids.next('lin'), product_id, title: 'Salt & Signal', quantity: 1 },
    ...{ amount: 100, list_amount: 100, tax_code: 'vat22', developer_id: 'dev1' },
  })
  const paid = (user_id: string, items: ReturnType<typeof line>[]) => {
    const order_id = ids.next('ord')
    const cost = { total_amount: 100 * items.length, currency: 'RUB' }
    const order = { order_id, user_id, items, ...cost, completed_at: isoInstant(0) }
    return { order, event: host.event(OrderProcessingCompleted, order, { flow: order_id }) }
  }
  const told = async () =>
    (await host.published()).map(({ data, headers }) => `${headers.flow} ${data.line_id}`).sort()
  const owns = async (user_id: string, product_id: string) => {
    const asked = { params: { user_id }, query: { product_id } }
    return (await host.call(findOwned, { caller: serviceCaller('orders'), ...asked })).body.owned
  }
  return { host, line, paid, told, owns }
}

test('library – several paid orders at once, one of them told twice – every line once, told in its own flow', async (t) => {
  const { host, line, paid, told, owns } = await open(t)
  const [anna, boris] = [ids.next('usr'), ids.next('usr')]
  const first = paid(anna, [line(), line()])
  const second = paid(boris, [line()])
  const again = { ...first.event, id: host.env.ids.uuid() }
  assert.equal(
    (await host.deliverTogether(library, [first.event, second.event, again])).kind,
    'done',
  )
  assert.equal((await host.deliver(library, first.event)).kind, 'done')
  const lines = [first, second].flatMap(({ order }) =>
    order.items.map((item) => `${order.order_id} ${item.line_id}`),
  )
  assert.deepEqual(await told(), lines.sort())
  assert.equal(await owns(anna, first.order.items[1]?.product_id ?? ''), true)
  assert.equal(await owns(boris, first.order.items[1]?.product_id ?? ''), false)
  const steps = host.recorded.filter((i) => i.kind === 'step')
  assert.deepEqual(
    steps.map((i) => `${i.flow} ${i.name}`),
    [first, first, second].map(({ order }) => `${order.order_id} library_item:owned`),
  )
})

test('library – a product that the user owns by another line – refused, and nothing beside it is kept', async (t) => {
  const { host, line, paid, told } = await open(t)
  const anna = ids.next('usr')
  const first = paid(anna, [line()])
  await host.deliver(library, first.event)
  const twice = paid(anna, [line(first.order.items[0]?.product_id), line()])
  assert.equal((await host.deliver(library, twice.event)).kind, 'failed')
  assert.deepEqual(await told(), [`${first.order.order_id} ${first.order.items[0]?.line_id}`])
})
