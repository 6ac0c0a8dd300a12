import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { externalIdOf, type News, nextOf, type Progress, receiptOfName } from './fiscal-receipt.ts'

const fresh: Progress = { attempt: 1, sends: 1, tries: 0, polls: 0, uuid: null }
const facts = {
  ...{ totalMinor: 1n, fnNumber: '1', documentNumber: '2', attribute: '3' },
  ...{ receiptDatetime: '12.05.2023 20:16:00', registeredAtMs: 0 },
}
const short = (at: Progress, news: News) => {
  const { state, attempt, uuid } = nextOf(at, news)
  return [state, attempt, uuid]
}

test('nextOf – no answer – the same name again, later and later; the fifth time it has failed, and is tried on', () => {
  let at: Progress = fresh
  const waits: unknown[] = []
  for (let i = 0; i < 6; i++) {
    const next = nextOf(at, { kind: 'silent', error: 'timeout' })
    waits.push([next.state, (next.againInMs ?? 0) / 1_000])
    assert.equal(next.attempt, 1)
    at = next
  }
  assert.deepEqual(waits, [
    ...[
      ['pending', 5],
      ['pending', 15],
      ['pending', 60],
      ['pending', 300],
    ],
    ...[
      ['failed', 900],
      ['failed', 900],
    ],
  ])
})

test('nextOf – code 1 – a new name at the first time of asking; a refused repeat keeps the old one', () => {
  const refused: News = { kind: 'refused', code: 1, error: 'x' }
  assert.deepEqual(short(fresh, refused), ['pending', 2, null])
  assert.deepEqual(short({ ...fresh, sends: 2 }, refused), ['pending', 1, null])
})

test('nextOf – sends that never left, or were refused for our key, then code 1 – a new name: no document of the old one can exist', () => {
  const refused: News = { kind: 'refused', code: 1, error: 'x' }
  const nothing: News[] = [
    { kind: 'unsent', error: 'x' },
    { kind: 'refused', code: 12, error: 'x' },
  ]
  let at: Progress = fresh
  for (const news of nothing) {
    const { sends, ...next } = nextOf(at, news)
    assert.deepEqual([next.attempt, sends], [1, 0])
    at = { ...next, sends: sends + 1 }
  }
  assert.deepEqual(short(at, refused), ['pending', 2, null])
  const lost = nextOf(fresh, { kind: 'silent', error: 'x' })
  const again = nextOf({ ...lost, sends: lost.sends + 1 }, { kind: 'unsent', error: 'x' })
  assert.deepEqual(short({ ...again, sends: again.sends + 1 }, refused), ['pending', 1, null])
})

test('nextOf – accepted, then the look refused – asked about again, never under a new name', () => {
  const accepted = { ...fresh, uuid: 'u' }
  for (const code of [0, 1, 13, 31, 32, 40, 41, -3804])
    assert.deepEqual(short(accepted, { kind: 'refused', code, error: 'x' }), ['pending', 1, 'u'])
})

test('nextOf – called dead by the register – a new name', () => {
  const dead: News = { kind: 'dead', error: '-3804' }
  assert.deepEqual(short({ ...fresh, sends: 3, uuid: 'u' }, dead), ['pending', 2, null])
})

test('nextOf – refused for our key, for the document – the same name soon, failed at once', () => {
  for (const code of [12, 14, 20, 21])
    assert.deepEqual(short(fresh, { kind: 'refused', code, error: 'x' }), ['pending', 1, null])
  for (const code of [13, 32, 31, 40, 41, -3804])
    assert.deepEqual(short(fresh, { kind: 'refused', code, error: 'x' }), ['failed', 2, null])
  assert.equal(nextOf(fresh, { kind: 'impossible', error: 'x' }).state, 'failed')
})

test('nextOf – waiting for long – failed with its uuid kept; lost – sent again under its name', () => {
  const until = (kind: 'waiting' | 'missing') => {
    let at: Progress = { ...fresh, uuid: 'u' }
    for (let looks = 1; looks < 20; looks++) {
      const next = nextOf(at, { kind })
      if (next.state === 'failed' || next.uuid === null) return { ...next, looks }
      at = next
    }
    return assert.fail('never ends')
  }
  const waiting = until('waiting')
  assert.deepEqual([waiting.state, waiting.uuid, waiting.looks], ['failed', 'u', 6])
  const lost = until('missing')
  assert.deepEqual([lost.state, lost.uuid, lost.attempt], ['pending', null, 1])
})

test('nextOf – accepted, then done – its uuid, then nothing more to do', () => {
  assert.deepEqual(short(fresh, { kind: 'accepted', uuid: 'u' }), ['pending', 1, 'u'])
  const done = nextOf({ ...fresh, uuid: 'u' }, { kind: 'done', facts })
  assert.deepEqual([done.state, done.againInMs, done.facts], ['fiscalized_success', null, facts])
})

const anyNews: fc.Arbitrary<News> = fc.oneof(
  fc.constant<News>({ kind: 'silent', error: 'x' }),
  fc.constant<News>({ kind: 'unsent', error: 'x' }),
  fc.constant<News>({ kind: 'waiting' }),
  fc.constant<News>({ kind: 'missing' }),
  fc.constant<News>({ kind: 'dead', error: 'x' }),
  fc.constant<News>({ kind: 'sale_first' }),
  fc.constant<News>({ kind: 'accepted', uuid: 'u' }),
  fc.integer({ min: -10, max: 50 }).map((code): News => ({ kind: 'refused', code, error: 'x' })),
)

test('nextOf – any news in any order – always looked at again, a new name only after a no', () => {
  fc.assert(
    fc.property(fc.array(anyNews, { maxLength: 40 }), (all) => {
      let at: Progress = fresh
      for (const news of all) {
        const next = nextOf(at, news)
        assert.ok((next.againInMs ?? 0) > 0)
        if (next.attempt !== at.attempt) {
          const isNo = news.kind === 'refused' && at.sends <= 1 && at.uuid === null
          assert.ok(news.kind === 'dead' || isNo)
          assert.deepEqual([next.attempt, next.sends, next.uuid], [at.attempt + 1, 0, null])
        }
        at = { ...next, sends: next.sends + (next.uuid === null ? 1 : 0) }
      }
    }),
  )
})

const ofSends = fc.constantFrom<News['kind']>('silent', 'unsent', 'accepted', 'refused')
const ofLooks = fc.constantFrom<News['kind']>('silent', 'waiting', 'missing', 'dead')

test('nextOf – sends and looks as they come – code 1 gives a new name exactly where no document of the old one can exist', () => {
  let [renamed, kept] = [0, 0]
  const codes = fc.constantFrom(1, 1, 12, 20, 32)
  const steps = fc.array(fc.tuple(ofSends, ofLooks, codes), { maxLength: 30, size: 'max' })
  fc.assert(
    fc.property(steps, (all) => {
      let at: Progress = fresh
      let mayExist = false
      for (const [sent, looked, code] of all) {
        const kind = at.uuid === null ? sent : looked
        const next = nextOf(at, { kind, code, error: 'x', uuid: 'u' } as News)
        if (kind === 'refused' && code === 1) {
          assert.equal(next.attempt > at.attempt, !mayExist)
          if (mayExist) kept += 1
          else renamed += 1
        } else if (next.attempt > at.attempt) assert.ok(kind === 'dead' || !mayExist, kind)
        if (next.attempt > at.attempt) mayExist = false
        else if (at.uuid === null && (kind === 'silent' || kind === 'accepted')) mayExist = true
        at = { ...next, sends: next.sends + (next.uuid === null ? 1 : 0) }
      }
    }),
    { numRuns: 400 },
  )
  assert.ok(renamed > 50 && kept > 50, `${renamed} ${kept}`)
})

test('names – of a receipt and back – the same; others – none of ours', () => {
  const receiptId = `rcp_${'0'.repeat(26)}`
  assert.deepEqual(receiptOfName(externalIdOf(receiptId, 12)), { receiptId, attempt: 12 })
  for (const name of ['', receiptId, `${receiptId}-0`, `${receiptId}-1x`, 'pay_1-1'])
    assert.equal(receiptOfName(name), undefined, name)
})
