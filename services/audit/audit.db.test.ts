import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exportAuditEntries, listAuditEntries } from '@rialto/contracts/audit/http.ts'
import { replayGroup } from '@rialto/kernel/bus/replay.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { audit } from './service.ts'
import { buyer, eventsOf, openAudit, operator } from './trail/audit.fixture.ts'

const START = Date.UTC(2026, 10, 21, 12)
const idsOf = (events: readonly Envelope[]): string[] => events.map((event) => event.id).sort()

describe('audit', { timeout: 120_000 }, () => {
  test('events – over the bus, from several topics – an entry each: who, what, to what, when, in which flow', async (t) => {
    const a = await openAudit(t)
    const events = eventsOf(a.event, START)
    await a.publish(...events)
    await a.handled()
    const entries = await a.entries()
    assert.deepEqual(entries.map((one) => one.entry_id).sort(), idsOf(events))
    const canceled = events[0] as Envelope
    assert.deepEqual(
      entries.find((one) => one.entry_id === canceled.id),
      {
        entry_id: canceled.id,
        at: '2026-11-21T12:00:00.000Z',
        type: 'order.canceled',
        source: 'orders',
        actor: { kind: 'person', id: buyer.id },
        subject: canceled.key,
        order_id: canceled.key,
        user_id: buyer.id,
        flow: canceled.key,
        correlation: 'test',
        details: {
          ...{ order_id: canceled.key, user_id: buyer.id, refund_amount: 0, currency: 'RUB' },
          reason: 'call me on •••',
        },
      },
    )
    const others = entries.filter((one) => one.entry_id !== canceled.id)
    assert.deepEqual(
      new Set(others.map((one) => `${one.actor.kind} ${one.actor.id}`)),
      new Set(['service orders', 'service notifications', 'service developers']),
    )
  })

  test('events – delivered again, in other company – the same entries', async (t) => {
    const a = await openAudit(t)
    const events = eventsOf(a.event, START, 2)
    await a.publish(...events)
    await a.handled()
    const before = await a.entries()
    assert.equal(before.length, 10)
    await a.publish(...events.toReversed(), ...events.slice(2, 4))
    for (const event of events) await a.deliver(audit, event)
    await a.deliverTogether(audit, events)
    await a.handled()
    assert.deepEqual(await a.entries(), before)
  })

  test('entries – lost or spoilt, then replayed – as they were', async (t) => {
    const a = await openAudit(t)
    await a.publish(...eventsOf(a.event, START, 3))
    await a.handled()
    const before = await a.entries()
    await a.db.pool.query(`delete from audit.entries where type = 'order.expired'`)
    await a.db.pool.query(
      `update audit.entries set details = '{"reason": "let out"}', actor_id = 'x'`,
    )
    assert.notDeepEqual(await a.entries(), before)
    assert.ok((await replayGroup(a.host.pool, 'audit')) > 0)
    await a.handled()
    assert.deepEqual(await a.entries(), before)
  })

  test('lists – filtered, paged, as a table – what fits, newest first', async (t) => {
    const a = await openAudit(t)
    const [first, second] = [eventsOf(a.event, START), eventsOf(a.event, START + 60_000)]
    await a.publish(...first, ...second)
    await a.handled()
    const all = await a.entries()
    assert.deepEqual(await a.entries({ limit: 3 }), all)
    assert.deepEqual(
      all.map((one) => one.at),
      all
        .map((one) => one.at)
        .toSorted()
        .toReversed(),
    )
    const order = first[0]?.key as string
    const ofOrder = await a.entries({ subject: order })
    assert.deepEqual(ofOrder.map((one) => one.entry_id).sort(), idsOf(first))
    assert.equal((await a.entries({ subject: buyer.id })).length, 8)
    assert.equal((await a.entries({ actor: buyer.id, from: '2026-11-21T12:01:00Z' })).length, 1)
    const log = await a.entries({ type: 'notification.message.status.updated.v1' })
    assert.deepEqual(
      log.map((one) => (one.details as Record<string, unknown>).status),
      ['sent', 'sent'],
    )
    const table = await a.call(exportAuditEntries, { caller: operator, query: { subject: order } })
    const lines = String(table.body.text).trim().split('\r\n')
    assert.equal(lines.length, 6)
    assert.match(lines[0] as string, /at,type,source,actor_kind,actor_id,subject,order_id/)
    assert.ok(lines.some((line) => line.includes(`order.canceled,orders,person,${buyer.id}`)))
  })

  test('lists – an instant that the calendar lacks, a forged cursor – refused, with the field named', async (t) => {
    const a = await openAudit(t)
    const forged = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url')
    const uuid = '01a1fc8a-bd5d-7140-8ca4-b5bee0380258'
    for (const [field, value] of [
      ['from', '2026-02-30T12:00:00Z'],
      ['to', '2026-11-21T25:00:00Z'],
      ['cursor', 'x'],
      ['cursor', forged([1, 'x'])],
      ['cursor', forged(['1', uuid])],
      ['cursor', forged([-1, uuid])],
      ['cursor', forged([1e300, uuid])],
    ] as const) {
      const got = await a.call(listAuditEntries, { caller: operator, query: { [field]: value } })
      assert.equal(`${got.status} ${String(got.body.code)}`, '400 kernel.invalid_input', field)
      const [error] = got.body.errors as { pointer: string }[]
      assert.equal(error?.pointer, `/query/${field}`)
    }
  })
})
