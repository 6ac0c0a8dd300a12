// The log as operators watch it: its newest events, and how far each group has read.

import * as contract from '@rialto/contracts/observer/admin.ts'
import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { groupLags, parkedFigures } from '@rialto/kernel/bus/figures.ts'
import { type TailedEvent, tailEvents } from '@rialto/kernel/bus/replay.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { type Ask, query, reply } from '@rialto/kernel/service/feature.ts'
import type { ObserverParts } from '../service.ts'

const DEFAULT_LIMIT = 100
/** A filter looks through so many of the newest events of a partition: 100 ms of work, and further back than a day of a quiet shop. */
const LOOK_BACK = 5_000

const eventView = ({ part, off, appendedAt, event }: TailedEvent) => ({
  event_id: event.id,
  type: event.type,
  version: event.version,
  source: event.source,
  topic: event.topic,
  partition: part,
  offset: String(off),
  key: event.key,
  occurred_at: event.time,
  appended_at: isoInstant(appendedAt),
  headers: { ...event.headers },
  data: event.data,
})

export const listEvents = query(
  contract.listEvents,
  async ({ input, parts }: Ask<typeof contract.listEvents, {}, ObserverParts>) => {
    const { topic, type, key, flow, event_id, since, limit = DEFAULT_LIMIT } = input.query
    const own = InteractionsRecorded.topic
    const filter = {
      limit,
      lookBack: LOOK_BACK,
      // How the record is kept is no news, unless somebody asks for it.
      without: topic === own ? [] : [own],
      ...(topic === undefined ? {} : { topic }),
      ...(type === undefined ? {} : { type }),
      ...(key === undefined ? {} : { key }),
      ...(flow === undefined ? {} : { flow }),
      ...(event_id === undefined ? {} : { eventId: event_id }),
      ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    }
    const found = await tailEvents(parts.pool(), filter)
    const isFiltered = [type, key, flow, event_id].some((value) => value !== undefined)
    return reply(200, {
      items: found.reverse().map(eventView),
      ...(isFiltered ? { looked_back: LOOK_BACK } : {}),
    })
  },
)

export const showBus = query(
  contract.showBus,
  async ({ parts }: Ask<typeof contract.showBus, {}, ObserverParts>) => {
    const lags = await groupLags(parts.pool())
    const parked = await parkedFigures(parts.pool())
    const names = new Map(
      [...lags, ...parked].map(({ grp, topic }) => [`${grp} ${topic}`, { grp, topic }]),
    )
    return reply(200, {
      groups: [...names.values()].map(({ grp, topic }) => {
        const lag = lags.find((row) => row.grp === grp && row.topic === topic)
        const aside = parked.find((row) => row.grp === grp && row.topic === topic)
        return {
          group: grp,
          topic,
          lag: Number(lag?.events ?? 0),
          lag_seconds: lag?.seconds ?? 0,
          dead_letters: Number(aside?.dead ?? 0),
          parked_keys: Number(aside?.keys ?? 0),
        }
      }),
    })
  },
)
