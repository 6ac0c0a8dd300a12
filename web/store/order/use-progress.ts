// Everything that an order's page knows, from the services that know it, kept current by the live connection.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { asFailure } from '../../ui/api/failure.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import {
  libraryQuery,
  type Order,
  orderNoticesQuery,
  orderQuery,
  type Payment,
  paymentsQuery,
  receiptQuery,
} from '../data/queries.ts'
import { currentPayment, isAllDone, isPaid, type Step, stepsOf } from '../data/steps.ts'

export interface Progress {
  readonly order: Order
  readonly payments: readonly Payment[]
  /** The attempt that paid; else the newest. */
  readonly payment: Payment | undefined
  readonly steps: readonly Step[]
}

export interface Reading {
  readonly progress: Progress | undefined
  readonly error: unknown
  readonly again: () => void
}

export function useProgress(orderId: string): Reading {
  const { api } = useFoundation()
  const locale = useLanguage()
  const order = useQuery(orderQuery(api, orderId))
  const payments = useQuery(paymentsQuery(api, orderId))
  const payment = currentPayment(payments.data?.items ?? [])
  const paid = order.data !== undefined && isPaid(order.data)
  const receipt = useQuery(receiptQuery(api, paid ? payment?.transaction_id : undefined))
  const library = useInfiniteQuery(libraryQuery(api))
  const notices = useQuery(orderNoticesQuery(api, orderId, locale))
  const error = order.error ?? payments.error
  const again = (): void => void Promise.all([order.refetch(), payments.refetch()])
  // What was read before does not outlive the answer that there is no such order.
  const isUnknown = asFailure(order.error)?.problem.status === 404
  if (order.data === undefined || payments.data === undefined || isUnknown)
    return { progress: undefined, error, again }
  const steps = stepsOf({
    order: order.data,
    payments: payments.data.items,
    receipt: receipt.data,
    library: library.data?.pages.flatMap(({ items }) => items) ?? [],
    notices: notices.data?.items ?? [],
  })
  const progress = { order: order.data, payments: payments.data.items, payment, steps }
  return { progress, error: undefined, again }
}

/** Something about the order is still to come. */
export const isUnderWay = ({ order, steps }: Progress): boolean =>
  isPaid(order) ? !isAllDone(steps) : order.status === 'pending_payment'
