// Services with something taken away, added or done twice, as a careless change would leave them. Manifests are plain values, so
// a plant is a copy with one part replaced, and everything else is what really runs.

import { OrderCreated } from '@rialto/contracts/orders/events.ts'
import type { AnyEvent, AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { Terminal } from '@rialto/kernel/pure/failure.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { type EventHandler, on, type Service } from '@rialto/kernel/service/service.ts'
import type { Tx } from '@rialto/kernel/service/tx.ts'
import { services } from '@rialto/server/services.ts'

type Act = (given: { readonly tx: Tx }) => Promise<unknown>

/** Today's services with one of them changed. */
function changed(name: string, change: (service: Service) => Partial<Service>): Service[] {
  const found = services.find((service) => service.name === name)
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return services.map((service) =>
    service === found ? { ...service, ...change(service) } : service,
  )
}

/** The same step, but events of this type are published so many times instead of once. */
function publishing(act: unknown, type: string, times: number): Act {
  const publish = (tx: Tx) => (definition: AnyEvent, data: never) => {
    const copies = definition.type === type ? times : 1
    for (let n = 0; n < copies; n++) tx.publish(definition, data)
  }
  return (given) =>
    (act as Act)({ ...given, tx: { ...given.tx, publish: publish(given.tx) } as unknown as Tx })
}

/** A service whose handlers and features publish this event so many times instead of once. */
export const withPublish = (name: string, type: string, times: number): Service[] =>
  changed(name, ({ handlers, features }) => ({
    handlers: handlers.map((h) => ({ ...h, act: publishing(h.act, type, times) }) as EventHandler),
    features: features.map((f) =>
      f.act === undefined
        ? f
        : ({ ...f, act: publishing(f.act, type, times) } as Feature<AnyRoute>),
    ),
  }))

/** A service that does not hear this event. */
export const deafTo = (name: string, type: string): Service[] =>
  changed(name, ({ handlers }) => ({ handlers: handlers.filter((h) => h.event.type !== type) }))

/** A service that listens in on placed orders, and does nothing. */
export const listeningIn = (name: string): Service[] =>
  changed(name, ({ handlers }) => ({
    handlers: [...handlers, on(OrderCreated, { act: async () => undefined })],
  }))

/** A library that hands a game out when it is ordered, paid or not. */
export const givingOnCredit = (): Service[] =>
  changed('library', ({ handlers }) => {
    const [deliver] = handlers as readonly { act: (given: object) => Promise<void> }[]
    const early = on(OrderCreated, {
      act: async ({ event, ...rest }) => {
        const data = { ...event.data, completed_at: event.time }
        await deliver?.act({ ...rest, event: { ...event, data } })
      },
    })
    return { handlers: [...handlers, early] }
  })

/** A library that gives every paid order up as long as it is told to. */
export const refusingWhile = (isBroken: () => boolean): Service[] =>
  changed('library', ({ handlers }) => ({
    handlers: handlers.map((handler) => ({
      ...handler,
      act: async (given) => {
        if (isBroken()) throw new Terminal('library.planted', 'refuses because a test says so')
        await handler.act(given)
      },
    })),
  }))
