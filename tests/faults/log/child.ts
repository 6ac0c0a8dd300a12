// A writer or reader process of a round. Told what it is by its only argument; says what happened on its standard output, a
// line each: `ready`, `a <event id>` for an acknowledged commit, `o <outcome>` for a handled event. Ends when its standard input
// does, so that it never outlives its parent, and after a time limit in any case.

import { writeSync } from 'node:fs'
import { isUnavailable } from '@rialto/kernel/db/errors.ts'
import { openPool } from '@rialto/kernel/db/pool.ts'
import { Unavailable } from '@rialto/kernel/pure/failure.ts'
import { designNamed } from './designs.ts'
import { effectOf, type Load, writeUntil } from './load.ts'
import { seeded } from './random.ts'

export interface Orders {
  readonly role: 'writer' | 'reader'
  readonly name: string
  readonly design: string
  readonly url: string
  readonly seed: number
  readonly connections: number
  readonly leaseMs: number
  readonly load: Load
}

/** Exit status of a process that never got to work because its connection was lost. */
const CUT_OFF = 75
const LIFE_MS = 10 * 60_000

/** Written at once and not at the event loop's leisure: what was said before a kill has been said. */
const say = (line: string): void => void writeSync(1, `${line}\n`)

async function write(orders: Orders, stopped: () => boolean): Promise<void> {
  const { name, url, connections, load } = orders
  const pool = openPool({ url, applicationName: `proof-${name}`, max: connections })
  const append = await designNamed(orders.design).openWriter(pool)
  say('ready')
  const start = { name, pool, load, append, onAck: (id: string) => say(`a ${id}`) }
  const each = Array.from({ length: connections }, (_, i) =>
    writeUntil(start, seeded(orders.seed + i), stopped),
  )
  await Promise.all(each)
  await pool.end()
}

async function read(orders: Orders, stopping: Promise<void>): Promise<void> {
  const { name, url, load } = orders
  const pool = openPool({ url, applicationName: `proof-${name}`, max: orders.connections })
  const reader = await designNamed(orders.design).openReader({
    url,
    pool,
    worker: name,
    leaseMs: orders.leaseMs,
    handle: effectOf({ worker: name, pool, load, chance: seeded(orders.seed) }),
    onOutcome: (outcome) => say(`o ${outcome}`),
  })
  say('ready')
  await stopping
  await reader.stop()
  await pool.end()
}

async function main(): Promise<void> {
  const orders = JSON.parse(process.argv[2] ?? '') as Orders
  setTimeout(() => process.exit(3), LIFE_MS).unref()
  let stopped = false
  const stopping = new Promise<void>((resolve) => {
    process.stdin.on('data', () => {
      stopped = true
      resolve()
    })
  })
  process.stdin.on('end', () => process.exit(2))
  await (orders.role === 'writer' ? write(orders, () => stopped) : read(orders, stopping))
  process.exit(0)
}

await main().catch((error: unknown) => {
  if (!isUnavailable(error) && !(error instanceof Unavailable)) throw error
  process.exit(CUT_OFF)
})
