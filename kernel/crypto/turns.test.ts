import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Problem } from '../pure/problem.ts'
import { turns } from './turns.ts'

test('turns – more than may wait – run in their order, so many at once, and the rest is refused at once', async () => {
  const inTurn = turns({ atOnce: 2, waitingMax: 3, retryAfterSeconds: 2 })
  const begun: number[] = []
  const ends: ((failure?: Error) => void)[] = []
  const work = (n: number): Promise<unknown> =>
    inTurn(() => {
      begun.push(n)
      return new Promise<void>((resolve, reject) =>
        ends.push((failure) => (failure === undefined ? resolve() : reject(failure))),
      )
    }).catch((error: unknown) => error)
  const all = [0, 1, 2, 3, 4].map(work)
  await turn()
  assert.deepEqual(begun, [0, 1])
  const refused = await work(5)
  assert.ok(refused instanceof Problem)
  assert.deepEqual(
    [refused.kind.code, refused.options.retryAfterSeconds],
    ['kernel.unavailable', 2],
  )
  // What fails gives its turn back too.
  ends[1]?.(new Error('broken'))
  await turn()
  assert.deepEqual(begun, [0, 1, 2])
  all.push(work(6))
  for (let n = 0; n < 6; n++) {
    ends[n]?.()
    await turn()
  }
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 6])
  await Promise.all(all)
  const last = work(7)
  await turn()
  assert.equal(begun.at(-1), 7)
  ends.at(-1)?.()
  await last
})
