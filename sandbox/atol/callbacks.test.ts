import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openFiscalShop } from '../testing/fiscal.ts'

interface Receiver {
  readonly url: string
  readonly got: Record<string, unknown>[]
}

/** A real listener; `answer` gets the number of the callback, from 1. */
async function openReceiver(
  t: TestContext,
  answer: (nth: number) => number | Promise<number>,
): Promise<Receiver> {
  const got: Record<string, unknown>[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', async () => {
      got.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>)
      outgoing.writeHead(await answer(got.length)).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got }
}

test('callback – not acknowledged – again after each delay, then given up', async (t) => {
  const receiver = await openReceiver(t, () => 503)
  const shop = await openFiscalShop(t, {
    ...{ processingMs: 0, callbackUrl: receiver.url, redeliveryDelaysMs: [1_000, 2_000] },
  })
  await shop.sell('a')
  await shop.register.control.advance(10_000)
  const [callback] = shop.register.control.callbacks()
  assert.deepEqual(
    [callback?.state, callback?.attempts, callback?.lastResult],
    ['given_up', 3, '503'],
  )
  assert.equal(receiver.got.length, 3)
})

test('callback – its document’s own address – goes there, says what the report says', async (t) => {
  const [own, general] = [await openReceiver(t, () => 200), await openReceiver(t, () => 200)]
  const shop = await openFiscalShop(t, { processingMs: 0, callbackUrl: general.url })
  const { uuid } = (await shop.sell('a', { service: { callback_url: own.url } })).body
  assert.ok(await shop.register.control.idle())
  assert.deepEqual(own.got, [(await shop.report(uuid)).body])
  assert.deepEqual(general.got, [])
})

test('callback – duplicate, lost, delayed, forged, asked for again – as the behaviour has it', async (t) => {
  const receiver = await openReceiver(t, () => 200)
  const shop = await openFiscalShop(t, { processingMs: 0, callbackUrl: receiver.url })
  const { control } = shop.register
  control.setCallbacks({ mode: 'duplicate', copies: 3, times: 1 })
  await shop.sell('a')
  assert.ok(await control.idle())
  assert.equal(receiver.got.length, 3)
  control.setCallbacks({ mode: 'lost', times: 1 })
  await shop.sell('b')
  assert.ok(await control.idle())
  assert.equal(receiver.got.length, 3)
  control.redeliver(control.callbacks().at(-1)?.id ?? '')
  assert.ok(await control.idle())
  assert.equal(receiver.got.at(-1)?.external_id, 'b')
  control.setCallbacks({ mode: 'delay', delayMs: 5_000, times: 1 })
  await shop.sell('c')
  assert.equal(await control.idle(20), false)
  await control.advance(5_000)
  assert.equal(receiver.got.at(-1)?.external_id, 'c')
  control.forge({ uuid: 'x', status: 'done' })
  assert.ok(await control.idle())
  assert.deepEqual(receiver.got.at(-1), { uuid: 'x', status: 'done' })
})

test('callback – asked for again while it is on its way – arrives twice', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const receiver = await openReceiver(t, (nth) => {
    if (nth > 1) return 200
    arrived.resolve()
    return answered.promise.then(() => 200)
  })
  const shop = await openFiscalShop(t, { processingMs: 0, callbackUrl: receiver.url })
  const { control } = shop.register
  await shop.sell('a')
  await arrived.promise
  control.redeliver(control.callbacks()[0]?.id ?? '')
  answered.resolve()
  assert.ok(await control.idle())
  assert.equal(receiver.got.length, 2)
})
