import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Unavailable } from '../pure/failure.ts'
import { type BatchReport, batcher } from './batcher.ts'

/** A `run` that waits until the test lets each batch go. */
function gate() {
  const batches: { items: readonly number[]; release: () => void }[] = []
  const run = (items: readonly number[]): Promise<number[]> =>
    new Promise((resolve) => {
      batches.push({ items, release: () => resolve(items.map((n) => n * 10)) })
    })
  return { batches, run }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('batcher – a lone item on an idle batcher – leaves in the same turn, with no timer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { batches, run } = gate()
  const b = batcher({ lanes: 1, run })
  const outcome = b.submit(7)
  await Promise.resolve()
  assert.deepEqual(batches[0]?.items, [7])
  batches[0]?.release()
  assert.equal(await outcome, 70)
})

test('batcher – told to linger – waits for more; a full batch does not, and what comes meanwhile waits anew', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { batches, run } = gate()
  const b = batcher({ lanes: 1, maxItems: 3, lingerMs: 100, run })
  const outcomes = [b.submit(1)]
  t.mock.timers.tick(99)
  outcomes.push(b.submit(2))
  await turn()
  assert.equal(batches.length, 0)
  t.mock.timers.tick(1)
  assert.deepEqual(batches[0]?.items, [1, 2])
  outcomes.push(b.submit(3))
  batches[0]?.release()
  await turn()
  assert.equal(batches.length, 1)
  outcomes.push(b.submit(4), b.submit(5))
  await turn()
  assert.deepEqual(batches[1]?.items, [3, 4, 5])
  batches[1]?.release()
  assert.deepEqual(await Promise.all(outcomes), [10, 20, 30, 40, 50])
  t.mock.timers.tick(1_000)
  assert.equal(batches.length, 2)
})

test('batcher – a busy lane – collects, in order of arrival, at most maxItems', async () => {
  const { batches, run } = gate()
  const b = batcher({ lanes: 1, maxItems: 3, run })
  const outcomes = [b.submit(0)]
  await turn()
  for (let i = 1; i <= 5; i++) outcomes.push(b.submit(i))
  await turn()
  assert.equal(b.waiting, 5)
  for (let i = 0; i < 3; i++) {
    batches[i]?.release()
    await turn()
  }
  assert.deepEqual(await Promise.all(outcomes), [0, 10, 20, 30, 40, 50])
  assert.deepEqual(
    batches.map((batch) => batch.items),
    [[0], [1, 2, 3], [4, 5]],
  )
})

test('batcher – one tick submits many – they travel in one batch', async () => {
  const { batches, run } = gate()
  const b = batcher({ lanes: 2, run })
  const outcomes = [1, 2, 3].map((n) => b.submit(n))
  await turn()
  assert.deepEqual(
    batches.map((batch) => batch.items),
    [[1, 2, 3]],
  )
  batches[0]?.release()
  assert.deepEqual(await Promise.all(outcomes), [10, 20, 30])
})

test('batcher – a poisoned item – fails alone, and its neighbours get their outcomes', async () => {
  const ran: number[][] = []
  const b = batcher<number, number>({
    lanes: 1,
    run: async (items) => {
      ran.push([...items])
      if (items.includes(5)) throw new Error('poison')
      return items.map((n) => n * 10)
    },
  })
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map((n) => b.submit(n)))
  results.forEach((result, i) => {
    if (i === 4)
      assert.equal(result.status === 'rejected' && (result.reason as Error).message, 'poison')
    else assert.equal(result.status === 'fulfilled' && result.value, (i + 1) * 10)
  })
  assert.deepEqual(ran, [
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [5, 6],
    [5],
    [6],
    [7, 8],
  ])
})

test('batcher – the database is lost, or answers the wrong number – all get the error, nothing runs again', async () => {
  for (const fail of [
    async (): Promise<number[]> => {
      throw new Unavailable('the database was lost during COMMIT')
    },
    async (): Promise<number[]> => [1],
  ]) {
    let runs = 0
    const b = batcher<number, number>({
      lanes: 1,
      run: () => {
        runs += 1
        return fail()
      },
    })
    const results = await Promise.allSettled([1, 2, 3].map((n) => b.submit(n)))
    assert.deepEqual(
      results.map((r) => r.status),
      ['rejected', 'rejected', 'rejected'],
    )
    assert.equal(runs, 1)
  }
})

test('batcher – a run that throws before it is a promise – fails its item and the lane goes on', async () => {
  const b = batcher<number, number>({
    lanes: 1,
    run: (items) => {
      if (items[0] === 1) throw new Error('at once')
      return Promise.resolve([...items])
    },
  })
  await assert.rejects(b.submit(1), /at once/)
  assert.equal(await b.submit(2), 2)
})

test('batcher – too many waiting – refuses the next as unavailable and keeps the rest', async () => {
  const { batches, run } = gate()
  const b = batcher({ lanes: 1, maxWaiting: 2, run })
  const first = b.submit(1)
  await turn()
  const second = b.submit(2)
  const third = b.submit(3)
  await assert.rejects(b.submit(4), Unavailable)
  batches[0]?.release()
  await turn()
  batches[1]?.release()
  assert.deepEqual(await Promise.all([first, second, third]), [10, 20, 30])
})

test('batcher – drain – waits for what was submitted before it, failures included', async () => {
  const { batches, run } = gate()
  const b = batcher({ lanes: 1, run })
  let drained = false
  const outcome = b.submit(1)
  const end = b.drain().then(() => {
    drained = true
  })
  await turn()
  assert.equal(drained, false)
  batches[0]?.release()
  await end
  assert.equal(await outcome, 10)
  await b.drain()
})

test('batcher – reports – every run with its size and whether it failed', async () => {
  const reports: BatchReport[] = []
  const b = batcher<number, number>({
    lanes: 1,
    run: async (items) => {
      if (items.includes(2)) throw new Error('no')
      return [...items]
    },
    onBatch: (report) => reports.push(report),
  })
  await Promise.allSettled([b.submit(1), b.submit(2)])
  assert.deepEqual(
    reports.map(({ items, failed }) => [items, failed]),
    [
      [2, true],
      [1, false],
      [1, true],
    ],
  )
})

test('batcher – a report hook that throws – changes nothing: the batch runs once', async () => {
  let runs = 0
  const b = batcher<number, number>({
    lanes: 1,
    run: async (items) => {
      runs += 1
      return [...items]
    },
    onBatch: () => {
      throw new Error('hook')
    },
  })
  assert.deepEqual(await Promise.all([b.submit(1), b.submit(2)]), [1, 2])
  assert.equal(runs, 1)
})

test('batcher – any arrivals, sizes, lanes and poison – each item gets its own outcome once, in order, within the lanes', async () => {
  const load = fc.record({
    lanes: fc.integer({ min: 1, max: 4 }),
    maxItems: fc.integer({ min: 1, max: 7 }),
    bursts: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }),
    poison: fc.uniqueArray(fc.nat(60), { maxLength: 6 }),
    pauses: fc.array(fc.nat(3), { maxLength: 30 }),
  })
  await fc.assert(
    fc.asyncProperty(load, async ({ lanes, maxItems, bursts, poison, pauses }) => {
      let running = 0
      let most = 0
      let runs = 0
      const committed: number[] = []
      const b = batcher<number, string>({
        lanes,
        maxItems,
        run: async (items) => {
          running += 1
          most = Math.max(most, running)
          for (let i = pauses[runs++] ?? 0; i > 0; i--) await turn()
          running -= 1
          assert.ok(items.length <= maxItems)
          assert.deepEqual(
            items,
            [...items].sort((x, y) => x - y),
          )
          if (items.some((n) => poison.includes(n))) throw new Error('poison')
          committed.push(...items)
          return items.map((n) => `outcome ${n}`)
        },
      })
      const outcomes: Promise<string>[] = []
      for (const size of bursts) {
        for (let i = 0; i < size; i++) outcomes.push(b.submit(outcomes.length))
        await turn()
      }
      const results = await Promise.allSettled(outcomes)
      results.forEach((result, n) => {
        if (poison.includes(n)) assert.equal(result.status, 'rejected')
        else assert.equal(result.status === 'fulfilled' && result.value, `outcome ${n}`)
      })
      const healthy = outcomes.map((_, n) => n).filter((n) => !poison.includes(n))
      assert.deepEqual(
        [...committed].sort((x, y) => x - y),
        healthy,
      )
      if (lanes === 1) assert.deepEqual(committed, healthy)
      assert.ok(most <= lanes)
      assert.equal(b.waiting, 0)
    }),
    { numRuns: 200 },
  )
})
