// UUIDv7 (RFC 9562) that only ever rise within a process: 48 bits of milliseconds, then a 42-bit
// counter that starts at a random place each millisecond, then 32 random bits. Rising ids keep
// indexes append-only and give events of one process their order; a clock that steps back does not
// break it, the last millisecond is then used on. An id is unique, not a secret: whoever holds one
// can guess its neighbours, so nothing may be granted for knowing one. Random bytes are drawn 4 kB
// at a time: one call of the system's source an id costs more than all the rest.

import { randomFillSync } from 'node:crypto'
import { encodeUuid, type Id, type Ids } from '../pure/ids.ts'
import type { Clock } from '../pure/time.ts'

const POOL_BYTES = 4096
const COUNTER_END = 2 ** 42

/** Fills the buffer with random bytes. */
export type Entropy = (buffer: Buffer) => void

/** The process's source of identifiers. */
export function systemIds(clock: Clock, fill: Entropy = randomFillSync): Ids {
  const pool = Buffer.allocUnsafe(POOL_BYTES)
  const bytes = Buffer.alloc(16)
  let drawn = POOL_BYTES
  let lastMs = -1
  let counter = 0

  const draw32 = (): number => {
    if (drawn === POOL_BYTES) {
      fill(pool)
      drawn = 0
    }
    drawn += 4
    return pool.readUInt32LE(drawn - 4)
  }
  // The counter starts in its lower half, which leaves two million million ids for one millisecond.
  const startCounter = (): number => (draw32() % 2 ** 9) * 2 ** 32 + draw32()

  const uuid = (): string => {
    const now = clock.now()
    if (now > lastMs) {
      lastMs = now
      counter = startCounter()
    } else if (++counter === COUNTER_END) {
      lastMs += 1
      counter = startCounter()
    }
    bytes.writeUIntBE(lastMs, 0, 6)
    bytes.writeUInt16BE(0x7000 | Math.floor(counter / 2 ** 30), 6)
    bytes.writeUInt32BE(0x80000000 + (counter % 2 ** 30), 8)
    bytes.writeUInt32BE(draw32(), 12)
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  return {
    uuid,
    next: <Kind extends string>(kind: Kind): Id<Kind> => `${kind}_${encodeUuid(uuid())}`,
  }
}
