// Where recorders send. In the observer's own process it is the record itself: what waits goes into it with the collector's next
// transaction, or in one of its own when no event comes for a while. In any other process it is one event with a batch of
// interactions on the observer's own topic. It was so everywhere once; as event and as rows everything was written twice. The price:
// `events replay --group observer` brings back the events of a lost record, and the calls and steps of other processes only.

import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { Host } from '@rialto/kernel/host/host.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { Ids } from '@rialto/kernel/pure/ids.ts'
import type { Interaction } from '@rialto/kernel/pure/interaction.ts'
import { type Clock, isoInstant } from '@rialto/kernel/pure/time.ts'
import type { RecorderOptions, Sink } from '@rialto/kernel/trace/recorder.ts'
import { OBSERVER } from './collect.ts'
import { writeRecord } from './record.ts'

export interface InteractionSink {
  /** How the recorder of this process is to send. */
  readonly sending: Omit<RecorderOptions, 'rate'>
  /** The host exists only after the recorder that it is given; until then sending fails and is repeated. */
  connect(host: Host): void
}

export interface SinkOptions {
  readonly instance: string
  /** Names of the services that run here. */
  readonly here: readonly string[]
  readonly clock: Clock
  readonly ids: Ids
}

/** Longer than the collector waits for company, so that while events come its transactions have it all. */
const BESIDE_COLLECTOR = { lingerMs: 350, batch: 2_000 }

const toRecord =
  (hosted: () => Host): Sink =>
  async (interactions) => {
    const { pools, pool } = hosted()
    await inTransaction(pools.get(OBSERVER) ?? pool, async (tx) =>
      writeRecord(tx, interactions, new Map()),
    )
  }

function asEvents(hosted: () => Host, { instance, clock, ids }: SinkOptions): Sink {
  const eventOf = (interactions: readonly Interaction[]): Envelope => ({
    id: ids.uuid(),
    type: InteractionsRecorded.type,
    version: InteractionsRecorded.version,
    source: InteractionsRecorded.source,
    topic: InteractionsRecorded.topic,
    key: instance,
    time: isoInstant(clock.now()),
    data: { process: instance, interactions },
    headers: { correlation: ids.uuid() },
  })
  return async (interactions) => {
    const { pool, writer, committed } = hosted()
    const event = eventOf(interactions)
    await inTransaction(pool, async () => undefined, { last: () => writer.append([event]) })
    committed([event])
  }
}

export function interactionSink(options: SinkOptions): InteractionSink {
  let host: Host | undefined
  const hosted = (): Host => {
    if (host === undefined) throw new Error('the platform is not up yet')
    return host
  }
  return {
    sending: options.here.includes(OBSERVER)
      ? { ...BESIDE_COLLECTOR, sink: toRecord(hosted) }
      : { sink: asEvents(hosted, options) },
    connect(opened) {
      host = opened
    },
  }
}
