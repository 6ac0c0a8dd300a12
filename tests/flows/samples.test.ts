// What was once published must always be read: every sample of an event, taken when its form was new, fits today's schema.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { checkEventData } from '@rialto/kernel/bus/schema.ts'
import type { AnyEvent } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { services } from '@rialto/server/services.ts'

const CONTRACTS = fileURLToPath(new URL('../../contracts/', import.meta.url))
const published: readonly AnyEvent[] = [
  ...services.flatMap((service) => service.publishes),
  InteractionsRecorded,
]
const paths = globSync('*/samples/*.json', { cwd: CONTRACTS }).sort()
const sampleOf = (path: string): Envelope =>
  JSON.parse(readFileSync(`${CONTRACTS}${path}`, 'utf8')) as Envelope

/** A definition that reads a sample: the one of its type and version. */
function definitionOf(sample: Envelope): AnyEvent {
  const found = published.find((e) => e.type === sample.type && e.version === sample.version)
  assert.ok(found, `nobody publishes ${sample.type} v${sample.version} any more`)
  return found
}

test('samples – every one there is – fits today’s schema, and is filed under its source and type', () => {
  assert.ok(paths.length >= 15, `${paths.length} samples`)
  for (const path of paths) {
    const sample = sampleOf(path)
    const definition = definitionOf(sample)
    checkEventData(definition, sample.data)
    assert.deepEqual([sample.source, sample.topic], [definition.source, definition.topic], path)
    assert.equal((sample.data as Record<string, unknown>)[definition.key], sample.key, path)
    assert.equal(path.split('/')[0], sample.source)
    // A later form of the same version stands beside the first: order.created-2.json.
    assert.match(basename(path, '.json'), new RegExp(`^${RegExp.escape(sample.type)}(-\\d+)?$`))
  }
})

test('samples – every event that is published – has one', () => {
  const sampled = new Set(paths.map((path) => sampleOf(path).type))
  const without = published.map((event) => event.type).filter((type) => !sampled.has(type))
  assert.deepEqual(without, [], 'write them with: node tests/flows/write-samples.ts')
})

test('samples – one that lacks a field, has another type in it – is told from a good one', () => {
  const sample = sampleOf('orders/samples/order.created.json')
  const definition = definitionOf(sample)
  const { total_amount: _, ...lacking } = sample.data as Record<string, unknown>
  assert.throws(() => checkEventData(definition, lacking), /total_amount/)
  const other = { ...lacking, total_amount: '79900' }
  assert.throws(() => checkEventData(definition, other), /total_amount/)
})
