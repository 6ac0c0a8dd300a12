// Where recorders send: one event with a batch of interactions on the observer's own topic, appended in a transaction of its own.

import { InteractionsRecorded } from '@rialto/contracts/observer/events.ts'
import { inTransaction } from '@rialto/kernel/db/transaction.ts'
import type { Host } from '@rialto/kernel/host/host.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { Ids } from '@rialto/kernel/pure/ids.ts'
import type { Interaction } from '@rialto/kernel/pure/interaction.ts'
import { type Clock, isoInstant } from '@rialto/kernel/pure/time.ts'

export interface InteractionSink {
  send(interactions: readonly Interaction[]): Promise<void>
  /** The host exists only after the recorder that it is given; until then sending fails and is repeated. */
  connect(host: Host): void
}

export function interactionSink(
  instance: string,
  env: { clock: Clock; ids: Ids },
): InteractionSink {
  let host: Host | undefined
  return {
    connect(opened) {
      host = opened
    },
    async send(interactions) {
      if (host === undefined) throw new Error('the platform is not up yet')
      const { pool, writer, committed } = host
      const event: Envelope = {
        id: env.ids.uuid(),
        type: InteractionsRecorded.type,
        version: InteractionsRecorded.version,
        source: InteractionsRecorded.source,
        topic: InteractionsRecorded.topic,
        key: instance,
        time: isoInstant(env.clock.now()),
        data: { process: instance, interactions },
        headers: { correlation: env.ids.uuid() },
      }
      await inTransaction(pool, async () => undefined, { last: () => writer.append([event]) })
      committed([event])
    },
  }
}
