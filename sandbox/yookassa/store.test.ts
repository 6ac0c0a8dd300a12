import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { clientOf, openReceiver, openShop, redirectPayment, SHOP } from '../testing/shop.ts'

function journalOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'yookassa-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'books', 'journal.jsonl')
}

interface Started {
  readonly url: string
  kill(signal: NodeJS.Signals): Promise<number | null>
}

async function start(t: TestContext, env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env.PATH, SHOP_ID: SHOP.shopId, SECRET_KEY: SHOP.secretKey, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line')) as [string]
  const { ready, url } = JSON.parse(line) as { ready: boolean; url: string }
  assert.equal(ready, true)
  return {
    url,
    async kill(signal) {
      const exit = once(child, 'exit')
      child.kill(signal)
      const [code] = (await exit) as [number | null]
      return code
    },
  }
}

test('journal – killed with SIGKILL amid calls – books, answers and notifications are there again', async (t) => {
  const receiver = await openReceiver(t, (nth) => (nth === 1 ? 500 : 200))
  const journal = journalOf(t)
  const env = { JOURNAL: journal, SEED: 'kill', REDELIVERY_DELAYS_MS: '600000' }
  const first = await start(t, { ...env, NOTIFICATION_URL: receiver.url })
  let { url } = first
  const client = clientOf(t, () => url)
  const post = (path: string, body: unknown, key: string) => client.post(path, body, { key })
  const created = await post('/v3/payments', redirectPayment(), 'k1')
  const id = String(created.body.id)
  await client.post(`/sandbox/payments/${id}/pay`, {})
  // The answer is lost: the caller is still waiting when the process dies.
  await client.post('/sandbox/faults', {
    ...{ operation: 'refunds.create', kind: 'delay_answer', delay_ms: 60_000 },
  })
  const refundBody = { payment_id: id, amount: { value: '5.00', currency: 'RUB' } }
  const lost = assert.rejects(post('/v3/refunds', refundBody, 'k2'))
  const booksOf = async () => (await client.get('/sandbox/books')).body
  while (((await booksOf()).refunds as unknown[]).length === 0);
  await client.post('/sandbox/clock/advance', { ms: 5_000 })
  const before = await booksOf()
  assert.equal(await first.kill('SIGKILL'), null)
  await lost

  const second = await start(t, { ...env, NOTIFICATION_URL: receiver.url })
  url = second.url
  const after = await booksOf()
  assert.deepEqual({ ...after, now: 0 }, { ...before, now: 0 })
  assert.ok(Number(after.now) >= Number(before.now), 'the advanced clock went back')
  assert.deepEqual((await post('/v3/payments', redirectPayment(), 'k1')).body, created.body)
  const refund = await post('/v3/refunds', refundBody, 'k2')
  assert.equal(refund.body.status, 'succeeded')
  assert.equal(((await booksOf()).refunds as unknown[]).length, 1)
  const next = await post('/v3/payments', redirectPayment(), 'k3')
  assert.notEqual(next.body.id, id)
  // The receiver failed once; its notification is due again ten minutes after that.
  await client.post('/sandbox/clock/advance', { ms: 600_000 })
  assert.deepEqual(new Set(receiver.events()), new Set(['payment.succeeded', 'refund.succeeded']))
  assert.equal(receiver.events().filter((event) => event === 'payment.succeeded').length, 2)
  assert.equal(await second.kill('SIGTERM'), 0)
})

test('journal – last line torn by the kill – cut off, and the books go on', async (t) => {
  const journal = journalOf(t)
  const first = await openShop(t, { journal })
  const { id } = await first.pay({ description: 'Оплата ₽' })
  await first.sandbox.close()
  appendFileSync(journal, '{"issued":99,"changes":[["payment",{"id":"тор')
  const second = await openShop(t, { journal })
  await second.pay()
  await second.sandbox.close()
  const third = await openShop(t, { journal })
  assert.deepEqual(third.sandbox.control.books().payments.map((payment) => payment.id)[0], id)
  assert.equal(third.sandbox.control.books().payments.length, 2)
})

test('journal – a line in the middle is damaged – refuses to open rather than forget', async (t) => {
  const journal = journalOf(t)
  const shop = await openShop(t, { journal })
  await shop.pay()
  await shop.pay()
  await shop.sandbox.close()
  const lines = readFileSync(journal, 'utf8').split('\n')
  writeFileSync(journal, ['{', ...lines.slice(1)].join('\n'))
  await assert.rejects(openShop(t, { journal }), /line 1 is damaged/)
})

test('seed – the same – gives the same ids and digits', async (t) => {
  const run = async () => {
    const shop = await openShop(t)
    return shop.sandbox.control.pay(String((await shop.pay()).id))
  }
  assert.deepEqual(await run(), await run())
})
