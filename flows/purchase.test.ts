import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as factStates from '@rialto/contracts/analytics/states.ts'
import * as developerEvents from '@rialto/contracts/developers/events.ts'
import * as developerStates from '@rialto/contracts/developers/states.ts'
import * as libraryEvents from '@rialto/contracts/library/events.ts'
import * as libraryRoutes from '@rialto/contracts/library/http.ts'
import * as libraryStates from '@rialto/contracts/library/states.ts'
import * as messageEvents from '@rialto/contracts/notifications/events.ts'
import * as messageStates from '@rialto/contracts/notifications/states.ts'
import * as orderEvents from '@rialto/contracts/orders/events.ts'
import * as orderRoutes from '@rialto/contracts/orders/http.ts'
import * as orderStates from '@rialto/contracts/orders/states.ts'
import * as paymentEvents from '@rialto/contracts/payments/events.ts'
import * as paymentRoutes from '@rialto/contracts/payments/http.ts'
import * as receiptStates from '@rialto/contracts/payments/receipt-states.ts'
import * as receiptEvents from '@rialto/contracts/payments/receipts.ts'
import * as paymentStates from '@rialto/contracts/payments/states.ts'
import { checklist } from './checklist.ts'
import { diagram, message, messagesOf, seq } from './language.ts'
import { toMermaid } from './mermaid.ts'
import { purchase } from './purchase.ts'

const messages = messagesOf(purchase.body)

const fits = (names: readonly string[], match: (typeof messages)[number]['match']): boolean =>
  names.some((name) => ('name' in match ? match.name === name : match.pattern.test(name)))

interface Named {
  readonly type?: string
  readonly method?: string
  readonly path?: string
  readonly name?: string
  readonly next?: Readonly<Record<string, unknown>>
}

const values = (...modules: readonly object[]): Named[] =>
  modules
    .flatMap((m): unknown[] => Object.values(m))
    .filter((v): v is Named => typeof v === 'object' && v !== null)

test('purchase – every item of 000 – stands in the diagram, as the checklist draws it', () => {
  const drawn = new Map(messages.flatMap((m) => m.items.map((id) => [id, m])))
  const items = checklist.filter((item) => item.id.startsWith('P.'))
  assert.equal(items.length, 52)
  for (const item of items) {
    const m = drawn.get(item.id)
    assert.ok(m !== undefined, item.id)
    assert.deepEqual([m.from, m.kind, m.to], [item.from, item.kind, item.to], item.id)
  }
})

test('purchase – names of built messages – are those of the contracts', () => {
  const declared = [orderEvents, paymentEvents, receiptEvents, libraryEvents]
  const events = values(...declared, messageEvents, developerEvents).flatMap((e) => e.type ?? [])
  const routes = values(orderRoutes, paymentRoutes, libraryRoutes)
    .filter((r) => r.path !== undefined)
    .map((r) => `${r.method} ${r.path}`)
  const machines = [orderStates, paymentStates, receiptStates, libraryStates]
  const steps = values(...machines, messageStates, factStates, developerStates).flatMap((m) =>
    Object.keys(m.next ?? {}).map((state) => `${m.name}:${state}`),
  )
  let seen = 0
  for (const m of messages) {
    if (
      !m.built ||
      m.to === 'PSP' ||
      m.from === 'PSP' ||
      m.to === 'CatalogSvc' ||
      m.from === 'CatalogSvc'
    )
      continue
    seen += 1
    const among =
      m.kind === 'step' ? steps : m.kind === 'call' || m.kind === 'reply' ? routes : events
    assert.ok(fits(among, m.match), `${m.id} ${JSON.stringify(m.match)}`)
  }
  assert.ok(seen >= 60)
})

test('mermaid – the purchase – names every participant and message, and closes what it opens', () => {
  const text = toMermaid(purchase)
  for (const p of purchase.participants)
    assert.match(text, new RegExp(`(participant|actor) ${p.id} as `))
  for (const m of messages) assert.ok(text.includes(`: ${m.id} `), m.id)
  const opened = text.match(/^ *(par|alt|opt|loop)( |$)/gm)?.length ?? 0
  assert.equal(text.match(/^ *end$/gm)?.length, opened)
  assert.ok(opened >= 10)
})

test('diagram – a fault in its data – is refused by name', () => {
  const one = message({ id: 'a', kind: 'call', from: 'X', to: 'X', match: { name: 'n' } })
  const made = (body: Parameters<typeof diagram>[0]['body'], of: readonly string[] = []) =>
    diagram({
      id: 'd',
      title: 'd',
      participants: [{ id: 'X', label: 'X', kind: 'service' }],
      body,
      strict: of.map((effect) => ({ causes: ['a'], effect, why: 'w' })),
      extras: [],
      ends: { words: 'w', holds: () => false },
    })
  assert.throws(() => made(seq(one, one)), /share an id/)
  assert.throws(() => made(one, ['b']), /unknown message b/)
  assert.throws(() => made({ ...one, to: 'Y' }), /a names an unknown participant/)
  assert.throws(() => made({ ...one, of: ['z'] }), /unknown message z/)
})
