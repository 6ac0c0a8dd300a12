import assert from 'node:assert/strict'
import test from 'node:test'
import type { Interaction } from '../pure/interaction.ts'
import { openRecorder, shareOf } from './recorder.ts'

const interaction = (flow: string, n: number): Interaction => ({
  id: `${flow}-${n}`,
  flow,
  from: 'A',
  to: 'B',
  kind: 'call',
  name: 'GET /x',
  at: n,
  seq: n,
  outcome: 'ok',
  attempt: 1,
})

test('recorder – interactions of several contexts – leave in batches, all and once', async () => {
  const batches: number[] = []
  const seen = new Set<string>()
  const recorder = openRecorder({
    rate: 1,
    sink: (batch) => {
      batches.push(batch.length)
      for (const i of batch) seen.add(i.id)
      return Promise.resolve()
    },
  })
  for (let n = 0; n < 1_200; n++) recorder.record([interaction('f', n)])
  await recorder.stop()
  assert.equal(seen.size, 1_200)
  assert.equal(
    batches.reduce((a, b) => a + b, 0),
    1_200,
  )
  assert.ok(batches.length < 10)
})

test('recorder – a sink that fails – what waits is sent again, nothing is thrown', async () => {
  let down = true
  const seen: string[] = []
  const recorder = openRecorder({
    rate: 1,
    sink: (batch) => {
      if (down) return Promise.reject(new Error('down'))
      seen.push(...batch.map((i) => i.id))
      return Promise.resolve()
    },
  })
  recorder.record([interaction('f', 1)])
  await recorder.flush()
  down = false
  await recorder.stop()
  assert.deepEqual(seen, ['f-1'])
  assert.equal(recorder.lost, 0)
})

test('recorder – a sink that stays down – the oldest beyond the bound are counted as lost', async () => {
  const recorder = openRecorder({ rate: 1, sink: () => Promise.reject(new Error('down')) })
  recorder.record(Array.from({ length: 20_100 }, (_, n) => interaction('f', n)))
  await recorder.flush()
  assert.equal(recorder.lost, 100)
  // What was lost happened at 0 to 99: what was before and after is whole.
  assert.deepEqual(
    [
      [0, 1],
      [-9, -1],
      [99, 20_000],
      [100, 20_000],
    ].map(([from = 0, to = 0]) => recorder.hasLost(from, to)),
    [true, false, true, false],
  )
  await recorder.stop()
})

test('recorder – a rate of one half – whole flows, about half of them', async () => {
  const flows = new Map<string, number>()
  const recorder = openRecorder({
    rate: 0.5,
    sink: (batch) => {
      for (const i of batch) flows.set(i.flow, (flows.get(i.flow) ?? 0) + 1)
      return Promise.resolve()
    },
  })
  for (let f = 0; f < 400; f++)
    for (let n = 0; n < 3; n++) recorder.record([interaction(`ord_${f}`, n)])
  await recorder.stop()
  assert.ok([...flows.values()].every((count) => count === 3))
  assert.ok(flows.size > 120 && flows.size < 280, `${flows.size} of 400`)
  assert.equal(shareOf('ord_1'), shareOf('ord_1'))
})

test('recorder – lent and kept – is not sent as well; what came meanwhile is; nothing is lent twice', async () => {
  const sent: string[][] = []
  const recorder = openRecorder({
    rate: 1,
    lingerMs: 10_000,
    sink: async (batch) => void sent.push(batch.map((i) => i.id)),
  })
  assert.equal(recorder.lend(), undefined)
  recorder.record([interaction('f', 1), interaction('f', 2)])
  const loan = recorder.lend()
  assert.deepEqual(
    loan?.interactions.map((i) => i.id),
    ['f-1', 'f-2'],
  )
  recorder.record([interaction('f', 3)])
  assert.equal(recorder.lend(), undefined)
  const flushed = recorder.flush()
  loan?.kept()
  loan?.kept()
  await flushed
  assert.deepEqual(sent, [['f-3']])
  assert.equal(recorder.lend(), undefined)
  await recorder.stop()
})

test('recorder – lent to somebody who fails – waits again and is sent; a late word of him changes nothing', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sent: string[][] = []
  const recorder = openRecorder({
    rate: 1,
    lingerMs: 350,
    sink: async (batch) => void sent.push(batch.map((i) => i.id)),
  })
  recorder.record([interaction('f', 1)])
  const loan = recorder.lend()
  recorder.record([interaction('f', 2)])
  t.mock.timers.tick(1_999)
  assert.equal(recorder.lend(), undefined)
  t.mock.timers.tick(1)
  loan?.kept()
  assert.deepEqual(sent, [])
  t.mock.timers.tick(350)
  await recorder.flush()
  assert.deepEqual(sent, [['f-1', 'f-2']])
  await recorder.stop()
  assert.equal(recorder.lost, 0)
})
