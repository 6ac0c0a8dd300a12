// Every design that can stand the trial, by name: a child process is told the name.

import type { Design } from './design.ts'
import { ackFirst } from './designs/ack-first.ts'
import { attemptUnwritten } from './designs/attempt-unwritten.ts'
import { clockLease } from './designs/clock-lease.ts'
import { fenceDropped } from './designs/fence-dropped.ts'
import { inboxDropped } from './designs/inbox-dropped.ts'
import { theLog } from './designs/log.ts'
import { offsetBeforeLock } from './designs/offset-before-lock.ts'
import { overtakingRetry } from './designs/overtaking-retry.ts'
import { plainSequence } from './designs/plain-sequence.ts'
import { timeGap } from './designs/time-gap.ts'
import { xidHorizon } from './designs/xid-horizon.ts'

const designs: readonly Design[] = [
  theLog,
  plainSequence,
  offsetBeforeLock,
  timeGap,
  xidHorizon,
  inboxDropped,
  ackFirst,
  fenceDropped,
  clockLease,
  overtakingRetry,
  attemptUnwritten,
]

export function designNamed(name: string): Design {
  const found = designs.find((design) => design.name === name)
  if (found === undefined) throw new Error(`there is no design ${name}`)
  return found
}
