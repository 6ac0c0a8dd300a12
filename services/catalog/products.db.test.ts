import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { getProduct, listProducts, Product } from '@rialto/contracts/catalog/http.ts'
import { developerId } from '@rialto/contracts/developers/http.ts'
import { Pricing } from '@rialto/contracts/gen/catalog/pricing_pb.ts'
import { taxCodes } from '@rialto/contracts/shapes/vat.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import { currencies } from '@rialto/kernel/pure/currency.ts'
import type { Problem } from '@rialto/kernel/pure/problem.ts'
import { isoInstant, MINUTE, SECOND } from '@rialto/kernel/pure/time.ts'
import { rpcClient } from '@rialto/kernel/rpc/client.ts'
import { anonymous, Context, serviceCaller } from '@rialto/kernel/service/context.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { testHost } from '@rialto/kernel/testing/host.ts'
import type { Parts } from './config.ts'
import { demoProductId } from './features/seed-demo.ts'
import { catalog } from './service.ts'

interface Shown {
  readonly description: string
  readonly price?: {
    readonly amount: number
    readonly list_amount: number
    readonly currency: string
    readonly promotions_applied: readonly { readonly promotion_id: string }[]
  }
}

const GAME = demoProductId(0)

async function openShop(t: TestContext) {
  const { host, db, clock, call, env } = await testHost(t, { services: [catalog] })
  await host.seed()
  const { products } = host.parts.get('catalog') as Parts
  const rpc = host.rpcs[0]
  assert.ok(rpc)
  const pricing = rpcClient(Pricing, {
    participant: 'CatalogSvc',
    transport: { kind: 'in-process', rpc, caller: serviceCaller('orders'), log: env.log },
  })
  return {
    clock,
    async list(cursor?: string) {
      const query = { limit: 10, ...(cursor === undefined ? {} : { cursor }) }
      const { status, body } = await call(listProducts, { caller: anonymous, query })
      assert.equal(status, 200, JSON.stringify(body))
      return body as { items: { product_id: string }[]; next_cursor?: string }
    },
    write: (text: string, ...values: unknown[]) => db.pool.query(text, values),
    /** As a feature that changes a product does in its commit. */
    changed: () => inTransaction(db.pool, async (tx) => products.dropWith(tx as Tx, GAME)),
    async show(region = 'RU', locale = 'en', product = GAME) {
      const query = { region, locale: locale as 'en' }
      const params = { product_id: product }
      const { status, body } = await call(getProduct, { caller: anonymous, params, query })
      return { status, ...(body as unknown as Shown) }
    },
    async ask(userRegion = 'RU', currency = '') {
      const ctx = new Context(env, {
        ...{ service: 'orders', participant: 'OrderSvc', caller: serviceCaller('orders') },
      })
      const asked = { productId: GAME, userRegion, currency }
      return (await pricing.for(ctx).getProductPrice(asked)).price
    },
  }
}

test('product – by region and language, read and read again – is the same out of the cache as out of the database', async (t) => {
  const { show, ask, write, changed } = await openShop(t)
  const one = async () => [await show('RU', 'ru'), await show('KZ'), await show('US'), await ask()]
  const [fresh, kept] = [await one(), await one()]
  assert.deepEqual(kept, fresh)
  const [russian, kazakh, american] = fresh as Shown[]
  assert.deepEqual([russian?.price?.currency, kazakh?.price?.currency], ['RUB', 'KZT'])
  assert.equal(american?.price, undefined)
  assert.notEqual(russian?.description, kazakh?.description)
  await write('update catalog.prices set amount_minor = 700 where product_id = $1', GAME)
  assert.deepEqual(await one(), fresh, 'a change by hand shows later')
  await changed()
  assert.equal((await show()).price?.amount, 700)
  assert.equal((await ask())?.minorUnits, 700n)
  assert.equal((await show('RU', 'en', `prd_${'9'.repeat(26)}`)).status, 404)
})

test('product – kept – is read anew after half a minute, and its promotions begin and end on time meanwhile', async (t) => {
  const { show, write, changed, clock } = await openShop(t)
  await write('update catalog.prices set amount_minor = 1000 where product_id = $1', GAME)
  const at = (ms: number): string => isoInstant(clock.now() + ms)
  await write(
    `insert into catalog.promotions (promotion_id, name, product_id, percent_off, starts_at, ends_at)
     values ('prm_flash', 'Flash', $1, 10, $2, $3)`,
    ...[GAME, at(10 * SECOND), at(20 * SECOND)],
  )
  await changed()
  const amounts: unknown[] = []
  const applied: unknown[] = []
  for (const ms of [0, 9_999, 1, 9_999, 1]) {
    clock.advance(ms)
    const { price } = await show()
    amounts.push(price?.amount)
    applied.push(price?.promotions_applied.length)
  }
  assert.deepEqual(amounts, [1_000, 1_000, 900, 900, 1_000])
  assert.deepEqual(applied, [0, 0, 1, 1, 0])
  await write('update catalog.prices set amount_minor = 500 where product_id = $1', GAME)
  assert.equal((await show()).price?.amount, 1_000)
  clock.advance(MINUTE)
  assert.equal((await show()).price?.amount, 500)
})

test('price – asked for in the currency of the region, and in another – told; refused with the one there is', async (t) => {
  const { ask } = await openShop(t)
  assert.equal((await ask('RU', 'RUB'))?.currency, 'RUB')
  await assert.rejects(ask('RU', 'KZT'), ({ kind, options }: Problem) => {
    assert.deepEqual([kind.code, kind.money], ['catalog.wrong_currency', 'untouched'])
    assert.deepEqual(options.facts, { currency: 'RUB' })
    return true
  })
})

test('products – with the longest titles – are listed page by page to the end', async (t) => {
  const { list, write } = await openShop(t)
  await write("update catalog.products set title = repeat('𝔏', 200)")
  const seen = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await list(cursor)
    for (const { product_id } of page.items) seen.add(product_id)
    cursor = page.next_cursor
  } while (cursor !== undefined)
  assert.equal(seen.size, 24)
})

const BAD_ROWS: readonly (readonly [table: string, change: string, constraint: string])[] = [
  ['products', "tax_code = 'vat-22'", 'products_tax_code'],
  ['products', "tax_code = ''", 'products_tax_code'],
  ['products', "product_id = 'prd_1'", 'products_id'],
  ['products', `product_id = 'prd_${'u'.repeat(26)}'`, 'products_id'],
  ['products', "slug = 'Salt & Signal'", 'products_slug'],
  ['products', "title = ''", 'products_title'],
  ['products', "title = repeat('a', 201)", 'products_title'],
  ['products', "genre = repeat('a', 201)", 'products_genre'],
  ['products', "description = repeat('a', 2001)", 'products_description'],
  ['products', "descriptions = '[]'", 'products_descriptions'],
  [
    'products',
    "descriptions = jsonb_build_object('ru', repeat('я', 2001))",
    'products_descriptions',
  ],
  ['products', "developer_id = ''", 'products_developer'],
  ['products', "developer_id = 'dev 1'", 'products_developer'],
  ['prices', "currency = 'RUR'", 'prices_currency'],
  ['prices', "currency = 'XXX'", 'prices_currency'],
  ['prices', 'amount_minor = 9007199254740992', 'prices_amount'],
  ['promotions', "name = ''", 'promotions_name'],
  ['promotions', "name = repeat('a', 201)", 'promotions_name'],
]

test('tables – what contract, receipt or ledger cannot take – refuse it, written by hand too', async (t) => {
  const { write } = await openShop(t)
  for (const [table, change, constraint] of BAD_ROWS)
    await assert.rejects(write(`update catalog.${table} set ${change}`), {
      code: '23514',
      constraint,
    })
})

test('tables – their checks – have the lists and patterns of contracts and currencies', async (t) => {
  const { write } = await openShop(t)
  const checkOf = async (name: string): Promise<string> => {
    const { rows } = await write(
      'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1',
      name,
    )
    return rows[0].text
  }
  const listOf = async (name: string) =>
    [...(await checkOf(name)).matchAll(/'(\w+)'/g)].map(([, word]) => word).sort()
  assert.deepEqual(await listOf('products_tax_code'), [...taxCodes].sort())
  assert.deepEqual(await listOf('prices_currency'), currencies)
  const { product_id, slug } = Product.properties
  for (const [name, field] of [
    ['products_id', product_id],
    ['products_slug', slug],
    ['products_developer', developerId],
  ] as const) {
    const { pattern = '' } = field as { readonly pattern?: string }
    assert.ok((await checkOf(name)).includes(`'${pattern}'`), name)
  }
})
