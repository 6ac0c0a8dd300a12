// A service's README is written by hand; what it lists is what its manifest has.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Service } from '@rialto/kernel/service/service.ts'
import { services } from '@rialto/server/services.ts'

const root = join(import.meta.dirname, '..', '..')
/** Where the README leads to the code that has the list, as the gateway's does, it need not repeat it. */
const LISTED_ELSEWHERE = /\*\*Reacts to\*\*[^*]*\blisted [^*]*\]\([\w/-]+\.ts\)/

const readmeOf = ({ name }: Service): string =>
  readFileSync(join(root, 'services', name, 'README.md'), 'utf8')

function eventsIn(text: string, { publishes, handlers, batches = [] }: Service): string[] {
  const inBatches = LISTED_ELSEWHERE.test(text) ? [] : batches.map(({ events }) => events)
  const heard = inBatches.flatMap((events) => (events === 'all' ? [] : events))
  return [...publishes, ...handlers.map(({ event }) => event), ...heard].map(({ type }) => type)
}

/** What of the manifest the text does not have. */
function missingIn(text: string, service: Service): string[] {
  const routes = service.features
    .map(({ route }) => route)
    .filter(({ access }) => access !== 'internal')
    .map(({ method, path }) => `${method} ${path}`)
  const names = new Set([...routes, ...eventsIn(text, service)])
  const asked = [...text.matchAll(/\*\*Asks\*\*([^*]*)/g)].map(([, whom]) => whom).join()
  return [
    ...[...names].filter((name) => !text.includes(`\`${name}\``)),
    ...service.uses
      .filter((use) => !new RegExp(`\\b${use.service}\\b`).test(asked))
      .map((use) => `asks ${use.service}`),
  ]
}

for (const service of services)
  test(`READMEs – ${service.name} – names every route, event and service asked that its manifest has`, () => {
    assert.deepEqual(missingIn(readmeOf(service), service), [])
  })

test('READMEs – one that lacks a route, an event, a service asked – is found out', () => {
  const orders = services.find(({ name }) => name === 'orders') as Service
  const without = readmeOf(orders)
    .replace('`GET /orders`', '')
    .replaceAll('`order.updated`', '')
    .replace('inventory (', '(')
  assert.deepEqual(missingIn(without, orders), ['GET /orders', 'order.updated', 'asks inventory'])
})
