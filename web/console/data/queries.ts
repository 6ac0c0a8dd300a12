// What the console asks of the platform. Lists follow by themselves: the newest page is asked for every two seconds while its
// screen is in sight, and what is new is offered instead of moving what is read.

import {
  listEvents,
  listFlows,
  showBus,
  showConformance,
} from '@rialto/contracts/observer/admin.ts'
import { listDeadLetters } from '@rialto/contracts/observer/http.ts'
import { countOrders, examineOrder, listAllOrders } from '@rialto/contracts/orders/admin.ts'
import {
  countPayments,
  examinePayments,
  listAllPayments,
} from '@rialto/contracts/payments/admin.ts'
import { getReceipt } from '@rialto/contracts/payments/receipts.ts'
import type { SuccessOf } from '@rialto/kernel/pure/client.ts'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Api } from '../../ui/api/client.ts'
import { orNothing } from '../../ui/api/failure.ts'

export const LIVE_MS = 2_000

export type Query = Readonly<Record<string, unknown>>
export type OrderRow = SuccessOf<typeof listAllOrders>['items'][number]
export type PaymentRow = SuccessOf<typeof listAllPayments>['items'][number]
export type Examined = SuccessOf<typeof examineOrder>
export type ExaminedPayments = SuccessOf<typeof examinePayments>
export type Letter = SuccessOf<typeof listDeadLetters>['items'][number]
export type LoggedEvent = SuccessOf<typeof listEvents>['items'][number]
export type FlowRow = SuccessOf<typeof listFlows>['items'][number]

const paged = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: { readonly next_cursor?: string }) => last.next_cursor,
}
const at = (cursor: string | undefined) => (cursor === undefined ? {} : { cursor })

export const ordersQuery = (api: Api, query: Query) =>
  infiniteQueryOptions({
    queryKey: ['orders', query],
    queryFn: ({ pageParam }) => api.call(listAllOrders, { query: { ...query, ...at(pageParam) } }),
    ...paged,
  })

export const newestOrdersQuery = (api: Api, query: Query) =>
  queryOptions({
    queryKey: ['orders newest', query],
    queryFn: () => api.call(listAllOrders, { query: { ...query, limit: 50 } }),
    refetchInterval: LIVE_MS,
  })

export const paymentsQuery = (api: Api, query: Query) =>
  infiniteQueryOptions({
    queryKey: ['payments', query],
    queryFn: ({ pageParam }) =>
      api.call(listAllPayments, { query: { ...query, ...at(pageParam) } }),
    ...paged,
  })

export const newestPaymentsQuery = (api: Api, query: Query) =>
  queryOptions({
    queryKey: ['payments newest', query],
    queryFn: () => api.call(listAllPayments, { query: { ...query, limit: 50 } }),
    refetchInterval: LIVE_MS,
  })

export const orderQuery = (api: Api, orderId: string) =>
  queryOptions({
    queryKey: ['order', orderId],
    queryFn: () => api.call(examineOrder, { params: { order_id: orderId } }),
    refetchInterval: LIVE_MS,
  })

export const orderPaymentsQuery = (api: Api, orderId: string) =>
  queryOptions({
    queryKey: ['order payments', orderId],
    queryFn: () => api.call(examinePayments, { params: { order_id: orderId } }),
    refetchInterval: LIVE_MS,
  })

export const receiptQuery = (api: Api, paymentId: string) =>
  queryOptions({
    queryKey: ['receipt', paymentId],
    queryFn: () => orNothing(api.call(getReceipt, { params: { transaction_id: paymentId } })),
  })

export const eventQuery = (api: Api, event: { readonly id: string; readonly type: string }) =>
  queryOptions({
    queryKey: ['event', event.id],
    queryFn: async (): Promise<LoggedEvent | null> => {
      const query = { event_id: event.id, type: event.type, limit: 1 }
      return (await api.call(listEvents, { query })).items[0] ?? null
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

export const eventsQuery = (api: Api, query: Query, isPaused: boolean) =>
  queryOptions({
    queryKey: ['events', query],
    queryFn: () => api.call(listEvents, { query: { ...query, limit: 100 } }),
    refetchInterval: isPaused ? false : LIVE_MS,
  })

export const lettersQuery = (api: Api, query: Query) =>
  queryOptions({
    queryKey: ['letters', query],
    queryFn: () => api.call(listDeadLetters, { query }),
    refetchInterval: LIVE_MS,
  })

export const busQuery = (api: Api) =>
  queryOptions({
    queryKey: ['bus'],
    queryFn: () => api.call(showBus, {}),
    refetchInterval: LIVE_MS,
  })

export const orderFiguresQuery = (api: Api, from: string) =>
  queryOptions({
    queryKey: ['order figures', from],
    queryFn: () => api.call(countOrders, { query: { from } }),
    refetchInterval: LIVE_MS,
  })

export const paymentFiguresQuery = (api: Api, from: string) =>
  queryOptions({
    queryKey: ['payment figures', from],
    queryFn: () => api.call(countPayments, { query: { from } }),
    refetchInterval: LIVE_MS,
  })

export const conformanceQuery = (api: Api, from: string) =>
  queryOptions({
    queryKey: ['conformance', from],
    queryFn: () => api.call(showConformance, { query: { from } }),
    refetchInterval: LIVE_MS,
  })

export const flowsQuery = (api: Api, query: Query) =>
  infiniteQueryOptions({
    queryKey: ['flows', query],
    queryFn: ({ pageParam }) => api.call(listFlows, { query: { ...query, ...at(pageParam) } }),
    refetchInterval: 5 * LIVE_MS,
    ...paged,
  })
