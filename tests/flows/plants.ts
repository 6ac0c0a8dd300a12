// Services with something taken away, added or done twice, as a careless change would leave them. Manifests are plain values, so
// a plant is a copy with one part replaced, and everything else is what really runs.

import { OrderCreated, OrderProcessingCompleted } from '@rialto/contracts/orders/events.ts'
import { sql } from '@rialto/kernel/db/sql.ts'
import type { AnyEvent, AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import { Terminal } from '@rialto/kernel/pure/failure.ts'
import type { Feature, Unit } from '@rialto/kernel/service/feature.ts'
import {
  type EventHandler,
  isEvent,
  type JobDefinition,
  on,
  type Service,
} from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { services } from '@rialto/server/services.ts'

type Act = (given: { readonly tx: Tx }) => Promise<unknown>
type Batch = NonNullable<Service['batches']>[number]

/** Today's services with one of them changed. */
function changed(name: string, change: (service: Service) => Partial<Service>): Service[] {
  const found = services.find((service) => service.name === name)
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return services.map((service) =>
    service === found ? { ...service, ...change(service) } : service,
  )
}

/** What becomes of a transaction before the service has it. */
type Change = (tx: Tx) => Tx

/** The transaction, but events of this type are published so many times instead of once. */
const publishing =
  (type: string, times: number): Change =>
  (tx) => {
    const publish = (definition: AnyEvent, data: never): unknown => {
      const copies = definition.type === type ? times : 1
      const made = Array.from({ length: copies }, () => tx.publish(definition, data))
      return made[0]
    }
    return { ...tx, publish: publish as Tx['publish'] }
  }

/** The transaction, but nothing of this kind begins in it. */
const beginningNo =
  (machine: string): Change =>
  (tx) => ({
    ...tx,
    begin: (m, state, insert) => (m.name === machine ? undefined : tx.begin(m, state, insert)),
  })

/** The transaction, but what is sent to this table without waiting for it gets lost. */
const notWriting =
  (table: RegExp): Change =>
  (tx) => ({
    ...tx,
    write: (statement) => (table.test(statement.text) ? undefined : tx.write(statement)),
  })

const changedTx = (tx: Tx, change: Change): Tx => ({
  ...change(tx),
  for: (ctx) => changedTx(tx.for(ctx), change),
})

const acting =
  (act: unknown, change: Change): Act =>
  (given) =>
    (act as Act)({ ...given, tx: changedTx(given.tx, change) })

const inBatch = (batch: Batch, change: Change): Batch => ({
  ...batch,
  act: (given) =>
    batch.act({
      ...given,
      tx: changedTx(given.tx, change),
      of: (event) => {
        const item = given.of(event) as { tx: Tx }
        return { ...item, tx: changedTx(item.tx, change) } as never
      },
    }),
})

const units =
  (unit: Unit, change: Change): Unit =>
  (work) =>
    unit((tx) => work(changedTx(tx, change)))

const inJob = (job: JobDefinition, change: Change): JobDefinition => ({
  ...job,
  run: (given) => job.run({ ...given, unit: units(given.unit, change) }),
})

type Finishing = (given: { readonly unit: Unit }) => Promise<unknown>

function inFeature(feature: Feature<AnyRoute>, change: Change): Feature<AnyRoute> {
  const act: unknown = feature.act
  const finish = feature.finish as Finishing | undefined
  return {
    ...feature,
    ...(act === undefined ? {} : { act: acting(act, change) }),
    ...(finish === undefined
      ? {}
      : {
          finish: (given: Parameters<Finishing>[0]) =>
            finish({ ...given, unit: units(given.unit, change) }),
        }),
  } as Feature<AnyRoute>
}

/** A service whose handlers, features and jobs all get changed transactions. */
const withTx = (name: string, change: Change): Service[] =>
  changed(name, ({ handlers, features, batches = [], jobs }) => ({
    handlers: handlers.map((h) => ({ ...h, act: acting(h.act, change) }) as EventHandler),
    features: features.map((f) => inFeature(f, change)),
    batches: batches.map((batch) => inBatch(batch, change)),
    jobs: jobs.map((job) => inJob(job, change)),
  }))

/** A service whose handlers, features and jobs publish this event so many times instead of once. */
export const withPublish = (name: string, type: string, times: number): Service[] =>
  withTx(name, publishing(type, times))

/** A service that does not write to this table what it has decided. */
export const forgetting = (name: string, table: RegExp): Service[] =>
  withTx(name, notWriting(table))

/** Payments that keep late money: a refund is neither written nor sent. */
export const keepingLateMoney = (): Service[] => withTx('payments', beginningNo('refund'))

/** Payments that forget what became of a refund, and send it once more. */
export const refundingTwice = (): Service[] =>
  changed('payments', ({ jobs }) => ({
    jobs: jobs.map((job) => {
      if (job.name !== 'payments.run-refund') return job
      return {
        ...job,
        async run(given) {
          await job.run(given)
          const { refund_id: id } = given.data as { refund_id: string }
          await given.unit(async (tx) => {
            tx.write(sql`update payments.refunds set state = 'requested' where refund_id = ${id}`)
            tx.write(sql`
              update payments.payments set reserved_minor = refunded_minor, refunded_minor = 0
               where payment_id = (select payment_id from payments.refunds where refund_id = ${id})`)
          })
          await job.run(given)
        },
      } satisfies JobDefinition
    }),
  }))

/** A service that does not hear this event, or these. */
export const deafTo = (name: string, types: string | readonly string[]): Service[] =>
  changed(name, ({ handlers, batches = [] }) => ({
    handlers: handlers.filter((h) => ![types].flat().includes(h.event.type)),
    batches: batches.map((batch) =>
      batch.events === 'all'
        ? batch
        : {
            ...batch,
            events: batch.events.filter((event) => ![types].flat().includes(event.type)),
          },
    ),
  }))

/** A service that listens in on placed orders, and does nothing. */
export const listeningIn = (name: string): Service[] =>
  changed(name, ({ handlers }) => ({
    handlers: [...handlers, on(OrderCreated, { act: async () => undefined })],
  }))

/** What the library does with a batch. */
function libraryBatch({ batches = [] }: Service): Batch {
  const [batch] = batches
  if (batch === undefined) throw new Error('the library takes nothing in batches')
  return batch
}

/** A library that hands a game out when it is ordered, paid or not. */
export const givingOnCredit = (): Service[] =>
  changed('library', (library) => {
    const batch = libraryBatch(library)
    const early = (event: Envelope): Envelope =>
      isEvent(OrderCreated, event)
        ? {
            ...event,
            type: OrderProcessingCompleted.type,
            data: { ...event.data, completed_at: event.time },
          }
        : event
    const act: Batch['act'] = (given) => batch.act({ ...given, events: given.events.map(early) })
    return { batches: [{ ...batch, events: [OrderCreated, OrderProcessingCompleted], act }] }
  })

/** A library that gives every paid order up as long as it is told to. */
export const refusingWhile = (isBroken: () => boolean): Service[] =>
  changed('library', (library) => {
    const batch = libraryBatch(library)
    const act: Batch['act'] = async (given) => {
      if (isBroken()) throw new Terminal('library.planted', 'refuses because a test says so')
      await batch.act(given)
    }
    return { batches: [{ ...batch, act }] }
  })
