// A broker that stops just while somebody logs in: the client library tells of that twice, and the second time nobody hears it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { ensureTopics } from './client.ts'

test('kafka – a broker cuts the connection while we log in – the call fails, the process goes on', async (t) => {
  let cut = 0
  const broker = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      cut += 1
      socket.resetAndDestroy()
    })
  })
  t.after(() => broker.close())
  await once(broker.listen(0, '127.0.0.1'), 'listening')
  const address = `127.0.0.1:${(broker.address() as AddressInfo).port}`
  const sasl = { mechanism: 'PLAIN', username: 'rialto', password: 'a-sandbox-word' } as const
  // What is thrown where nobody can catch it fails this test as well.
  await assert.rejects(ensureTopics({ brokers: [address], prefix: '', sasl }, []))
  assert.ok(cut > 0)
})
