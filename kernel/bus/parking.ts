// Why an event is parked, in the forms that occur, and the look at what is parked: which keys wait, which events are due.

import type pg from 'pg'
import { openQuery } from '../db/query.ts'
import type { Consumer } from './consumer.ts'
import type { Failure } from './deliver.ts'
import type { GroupRunner } from './group.ts'
import type { BusRecord } from './record.ts'
import { type Parking, parkedKeysSql } from './store.ts'

/** An event behind a parked one of its key. */
export const WAITING: Omit<Parking, 'onDeath'> = { attempts: 0, nextInMs: 0, dead: false }

export const CRASH_LOOP: Failure = {
  code: 'bus.crash_loop',
  message: 'the process died each time it handled this event',
  terminal: true,
}

export const deadOf = (attempts: number, failure: Failure): Omit<Parking, 'onDeath'> => ({
  attempts,
  nextInMs: 0,
  dead: true,
  failure,
})

/** A batch consumer that handles one parked record as a batch of one. */
export const singly = (consumer: Consumer, record: BusRecord): Consumer => ({
  ...consumer,
  handlers: new Map([
    [
      record.event.type,
      {
        onDeath: consumer.batch?.onDeath ?? 'skip',
        prepare: async (event) => consumer.batch?.prepare?.([event]),
        handle: async (tx, event, prepared) =>
          (await consumer.batch?.handle(tx, [event], prepared)) ?? [],
      },
    ],
  ]),
})

/** Looks which keys are parked and which of their first records are due. A lane that waited for the first look may run then. */
export async function refreshParked(pool: pg.Pool, groups: readonly GroupRunner[]): Promise<void> {
  if (groups.length === 0) return
  const lanes = groups.flatMap((group) => [...group.lanes].map((lane) => ({ group, lane })))
  const before = new Map(lanes.map(({ lane }) => [lane, lane.parkings]))
  const heads = await openQuery(pool, parkedKeysSql(groups.map((group) => group.consumer.group)))
  for (const { group, lane } of lanes) {
    const mine = heads.filter(
      (h) => h.grp === lane.hold.group && h.topic === lane.hold.topic && h.part === lane.hold.part,
    )
    if (lane.parkings === before.get(lane)) lane.parkedKeys = new Set(mine.map((h) => h.key))
    if (lane.pausedUntil === Number.POSITIVE_INFINITY) {
      lane.pausedUntil = 0
      group.wake()
    }
    if (mine.some((h) => h.due)) group.retryParked(lane)
  }
}
