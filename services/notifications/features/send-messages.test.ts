import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@rialto/kernel/observability/log.ts'
import { SECOND } from '@rialto/kernel/pure/time.ts'
import type { MessageRow } from '../store.ts'
import { Handed } from './handed.ts'
import { sendHanded, sendMessages } from './send-messages.ts'

const LAST = 30

/** A shop in which more is to be sent each time that results are written, until the end of the test; a result takes 20 s. */
function busy() {
  const handed = new Handed()
  let now = 0
  let made = 0
  let units = 0
  const message = (): MessageRow =>
    // Tried too often already: nothing is really sent.
    ({ message_id: `msg_${made++}`, channel: 'email', attempts: 1_000 }) as unknown as MessageRow
  const more = (): void => handed.put([{ message: message(), beginBy: Number.MAX_SAFE_INTEGER }])
  const ctx = { now: () => now, for: () => ({ log: silentLog, end: () => undefined }) }
  const unit = async (work: (tx: unknown) => Promise<unknown>): Promise<unknown> => {
    now += 20 * SECOND
    units += 1
    const rows = units < LAST ? Array.from({ length: 8 }, message) : []
    if (units < LAST) more()
    return work({ many: async () => rows })
  }
  const run = { ctx, parts: { handed }, unit, clientsFor: () => ({}) } as never
  return { run, more, units: () => units }
}

for (const job of [sendHanded, sendMessages])
  test(`${job.name} – there is always more to send – ends, so that the next tick begins`, async () => {
    const { run, more, units } = busy()
    more()
    await job.run(run)
    assert.ok(units() > 2 && units() < LAST, `${units()} transactions`)
  })
