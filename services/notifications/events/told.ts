// What an event means to a person: the fact that is told or noted, and whether it goes out as a message.

import type { AnyEvent, DataOf } from '@rialto/kernel/pure/contract.ts'
import type { Envelope } from '@rialto/kernel/pure/envelope.ts'
import type { Fact, Facts } from '../templates/letter.ts'

export interface Told {
  /** A template's name; of a quiet note, its event's. */
  readonly kind: string
  /** Together with the kind it is told once. */
  readonly factId: string
  readonly userId: string
  readonly orderId?: string
  readonly facts: Facts
}

export interface Teller {
  readonly event: AnyEvent
  /** Noted in the order's history only. */
  readonly quiet: boolean
  /** Nothing, when this one is not for a person. */
  readonly tell: (event: Envelope) => Told | undefined
}

/** Declares what is told of an event by mail, in the pages and by push. */
export const tell = <E extends AnyEvent>(
  event: E,
  told: (data: DataOf<E>) => Told | undefined,
): Teller => ({ event, quiet: false, tell: ({ data }) => told(data as DataOf<E>) })

/** Declares what is noted of an event. */
export const note = <E extends AnyEvent>(
  event: E,
  noted: (data: DataOf<E>) => Omit<Told, 'kind'>,
): Teller => ({
  event,
  quiet: true,
  tell: ({ data }) => ({ kind: event.type, ...noted(data as DataOf<E>) }),
})

export const sum = (amount: number, currency: string): Fact => ({ amount, currency })
export const instant = (at: string): Fact => ({ at })

/** The facts that are there. */
export const present = (facts: Readonly<Record<string, Fact | undefined>>): Facts =>
  Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [string, Fact] => entry[1] !== undefined),
  )
