// What every trail promises, held against each of them: PostgreSQL always, MongoDB's protocol where there is a server of it.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { testIds } from '@rialto/kernel/testing/ids.ts'
import { needs } from '@rialto/kernel/testing/real.ts'
import { startMongo } from '@rialto/kernel/testing/servers/mongo.ts'
import type { Entry } from '../domain/entry.ts'
import { audit } from '../service.ts'
import { mongoTrail } from './mongo.ts'
import { postgresTrail } from './postgres.ts'
import type { Question, Trail } from './trail.ts'

const TRAILS: Readonly<Record<string, (t: TestContext) => Promise<Trail | undefined>>> = {
  async postgres(t) {
    const db = await testDatabase(t, { services: [audit] })
    return postgresTrail(db.poolFor('audit'))
  },
  async mongodb(t) {
    const home = needs(t, 'mongodb')
    if (home === undefined) return undefined
    const server = await startMongo(home)
    t.after(() => server.stop())
    const trail = await mongoTrail(server.url, silentLog)
    t.after(() => trail.close())
    return trail
  },
}

const ids = testIds(31)
const START = Date.UTC(2026, 10, 21, 12)
const order = ids.next('ord')
const anna = ids.next('usr')

let made = 0
const entry = (more: Partial<Entry> = {}): Entry => ({
  entryId: ids.uuid(),
  at: START + made++,
  type: 'order.created',
  source: 'orders',
  actorKind: 'service',
  actorId: 'orders',
  subject: order,
  orderId: order,
  userId: anna,
  flow: order,
  correlation: ids.uuid(),
  cause: null,
  details: { total_amount: 79_900, 'a.b': '$x', items: [{ line_id: 'lin_1', amount: 9e15 }] },
  ...more,
})

async function find(trail: Trail, question: Partial<Question> = {}): Promise<string[]> {
  return (await trail.find({ limit: 100, ...question })).map((one) => one.entryId)
}

for (const [name, open] of Object.entries(TRAILS)) {
  test(`${name} – entries kept together – come back whole, newest first`, async (t) => {
    const trail = await open(t)
    if (trail === undefined) return
    assert.deepEqual(await find(trail), [])
    const all = [
      entry(),
      entry({ orderId: null, userId: null, flow: null, cause: ids.uuid(), details: {} }),
      entry({ actorKind: 'person', actorId: anna }),
    ]
    await trail.keep(all)
    assert.deepEqual(await trail.find({ limit: 100 }), all.toReversed())
  })

  test(`${name} – kept again, with new ones among them – once each, as told last`, async (t) => {
    const trail = await open(t)
    if (trail === undefined) return
    const all = [entry(), entry(), entry()]
    await trail.keep(all)
    const stricter = { ...(all[1] as Entry), details: { masked: true } }
    const fresh = entry()
    await trail.keep([stricter, fresh, all[0] as Entry])
    await trail.keep([fresh])
    assert.deepEqual(
      await trail.find({ limit: 100 }),
      [all[0], stricter, all[2], fresh].toReversed(),
    )
  })

  test(`${name} – two writers with the same entries at once – once each`, async (t) => {
    const trail = await open(t)
    if (trail === undefined) return
    const all = Array.from({ length: 50 }, () => entry())
    await Promise.all([trail.keep(all), trail.keep(all), trail.keep(all.slice(20))])
    assert.deepEqual(await trail.find({ limit: 100 }), all.toReversed())
  })

  test(`${name} – asked by each filter and by all – exactly what fits`, async (t) => {
    const trail = await open(t)
    if (trail === undefined) return
    const boris = ids.next('usr')
    const all = [
      entry(),
      entry({ type: 'order.canceled', actorKind: 'person', actorId: anna }),
      entry({
        type: 'user.registered',
        source: 'accounts',
        subject: boris,
        orderId: null,
        userId: boris,
      }),
      entry({ type: 'developer.balance.updated.v1', subject: 'dev1', userId: null }),
    ]
    await trail.keep(all)
    const at = (n: number): string => new Date((all[n] as Entry).at).toISOString()
    const found = async (question: Partial<Question>): Promise<number[]> =>
      (await find(trail, question)).map((id) => all.findIndex((one) => one.entryId === id))
    assert.deepEqual(await found({ actor: anna }), [1])
    assert.deepEqual(await found({ actor: 'orders' }), [3, 2, 0])
    assert.deepEqual(await found({ subject: order }), [3, 1, 0])
    assert.deepEqual(await found({ subject: boris }), [2])
    assert.deepEqual(await found({ subject: 'dev1' }), [3])
    assert.deepEqual(await found({ type: 'order.canceled' }), [1])
    assert.deepEqual(await found({ from: at(1), to: at(3) }), [2, 1])
    assert.deepEqual(
      await found({ actor: anna, subject: order, type: 'order.canceled', from: at(0) }),
      [1],
    )
    assert.deepEqual(await found({ actor: boris }), [])
  })

  test(`${name} – page by page, many of one instant – every entry once, in order`, async (t) => {
    const trail = await open(t)
    if (trail === undefined) return
    const all = Array.from({ length: 23 }, (_, n) => entry({ at: START + Math.floor(n / 5) }))
    await trail.keep(all)
    const seen: Entry[] = []
    for (;;) {
      const after = seen.at(-1)
      const page = await trail.find({ limit: 4, ...(after === undefined ? {} : { after }) })
      seen.push(...page)
      if (page.length < 4) break
    }
    assert.deepEqual(
      seen.map((one) => one.entryId),
      all
        .toSorted((a, b) => b.at - a.at || (a.entryId < b.entryId ? 1 : -1))
        .map((one) => one.entryId),
    )
  })
}
