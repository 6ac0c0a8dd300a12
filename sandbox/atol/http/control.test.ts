import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFiscalShop } from '../../testing/fiscal.ts'

test('control – over HTTP – every function does what it does in process', async (t) => {
  const shop = await openFiscalShop(t)
  const { control } = shop.register
  const post = async (path: string, body: unknown = {}): Promise<Record<string, unknown>> => {
    const reply = await shop.send('POST', `/sandbox${path}`, body)
    assert.equal(reply.status, 200, `${path}: ${reply.text}`)
    return reply.body
  }
  await post('/processing', { ms: 0 })
  await post('/plan', { outcome: 'fail', code: -3804 })
  await post('/callback-url', { url: 'http://127.0.0.1:9/hook' })
  await post('/callback-mode', { mode: 'lost', times: 1 })
  await shop.sell('a')
  assert.deepEqual(await post('/idle', { timeout_ms: 5_000 }), { idle: true })
  const books = (await shop.send('GET', '/sandbox/books')).body
  assert.deepEqual(books, JSON.parse(JSON.stringify(control.books())))
  assert.equal((books.documents as { failsWith: number }[])[0]?.failsWith, -3804)
  const callbacks = (await shop.send('GET', '/sandbox/callbacks')).body.items as { id: string }[]
  assert.equal(callbacks.length, 1)
  await post('/callback-url', { url: null })
  await post(`/callbacks/${callbacks[0]?.id}/redeliver`)
  await post('/forge', { body: { uuid: 'x' } })
  assert.equal(control.callbacks().length, 2)

  await post('/refusals', { operation: 'sell', code: 32 })
  assert.equal((await shop.sell('b')).status, 400)
  await post('/faults', { operation: 'any', kind: 'delay_answer', times: 2, delay_ms: 1 })
  assert.deepEqual((await shop.send('GET', '/sandbox/faults')).body.items, control.faults())
  await shop.send('DELETE', '/sandbox/faults')
  assert.deepEqual(control.faults(), [])
  await post('/down', { down: true })
  await assert.rejects(shop.sell('b'))
  await post('/down', { down: false })
  await post('/tokens/expire')
  assert.equal((await shop.sell('b')).status, 401)
  const before = control.books().now
  assert.deepEqual(await post('/clock/advance', { ms: 1_000 }), { now: before + 1_000 })
})

test('control – wrong input – refused by name', async (t) => {
  const shop = await openFiscalShop(t)
  const cases: [string, object, string][] = [
    ['/plan', { outcome: 'lost' }, 'outcome'],
    ['/plan', { outcome: 'fail', code: 999 }, 'code'],
    ['/refusals', { operation: 'any', code: 1 }, 'operation'],
    ['/faults', { operation: 'sell', kind: 'fire' }, 'kind'],
    ['/callback-mode', { mode: 'quiet' }, 'mode'],
    ['/callback-url', { url: 'ftp://x' }, 'url'],
    ['/processing', { ms: -1 }, 'ms'],
    ['/down', { down: 1 }, 'down'],
  ]
  for (const [path, body, name] of cases) {
    const reply = await shop.send('POST', `/sandbox${path}`, body)
    assert.equal(reply.status, 400, path)
    assert.ok((reply.body.error as { text: string }).text.startsWith(`${name}:`), reply.text)
  }
  assert.equal((await shop.send('POST', '/sandbox/callbacks/none/redeliver', {})).status, 404)
})
