// What the store reads, by the keys under which it is kept. A key begins with the noun, so that an event can make all of it old.

import { getProduct, listProducts } from '@rialto/contracts/catalog/http.ts'
import { listLibraryItems } from '@rialto/contracts/library/http.ts'
import { listNotifications } from '@rialto/contracts/notifications/http.ts'
import { getOrder, listOrders } from '@rialto/contracts/orders/http.ts'
import { listPaymentMethods, listPayments } from '@rialto/contracts/payments/http.ts'
import { getReceipt } from '@rialto/contracts/payments/receipts.ts'
import type { SuccessOf } from '@rialto/kernel/pure/client.ts'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Api } from '../../ui/api/client.ts'
import { asFailure } from '../../ui/api/failure.ts'
import type { Language } from '../../ui/words/language.ts'

export type Product = SuccessOf<typeof getProduct>
export type Order = SuccessOf<typeof getOrder>
export type Payment = SuccessOf<typeof listPayments>['items'][number]
export type Receipt = SuccessOf<typeof getReceipt>
export type LibraryItem = SuccessOf<typeof listLibraryItems>['items'][number]
export type Notice = SuccessOf<typeof listNotifications>['items'][number]
export type SavedMethod = SuccessOf<typeof listPaymentMethods>['items'][number]

/** How prices and texts are asked for. */
export interface Reading {
  readonly region: string
  readonly locale: Language
}

export interface Wanted extends Reading {
  readonly q?: string | undefined
  readonly genre?: string | undefined
}

const PAGE = 48
const LIST = 20
const WHOLE = 100
const CATALOGUE_FRESH_MS = 60_000

interface Paged {
  readonly next_cursor?: string
}
const paging = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Paged): string | undefined => last.next_cursor,
}
const from = (cursor: string | undefined): { cursor?: string } =>
  cursor === undefined ? {} : { cursor }

export const productsQuery = (api: Api, { q, genre, region, locale }: Wanted) =>
  infiniteQueryOptions({
    queryKey: ['products', { q, genre, region, locale }],
    queryFn: ({ pageParam }) =>
      api.call(listProducts, {
        query: {
          ...{ region, locale, limit: PAGE },
          ...(q === undefined ? {} : { q }),
          ...(genre === undefined ? {} : { genre }),
          ...from(pageParam),
        },
      }),
    ...paging,
    staleTime: CATALOGUE_FRESH_MS,
    meta: { everybody: true },
  })

export const productQuery = (api: Api, id: string, { region, locale }: Reading) =>
  queryOptions({
    queryKey: ['product', id, { region, locale }],
    queryFn: () => api.call(getProduct, { params: { product_id: id }, query: { region, locale } }),
    staleTime: CATALOGUE_FRESH_MS,
    meta: { everybody: true },
  })

export const orderQuery = (api: Api, orderId: string) =>
  queryOptions({
    queryKey: ['order', orderId],
    queryFn: () => api.call(getOrder, { params: { order_id: orderId } }),
  })

export const ordersQuery = (api: Api) =>
  infiniteQueryOptions({
    queryKey: ['orders'],
    queryFn: ({ pageParam }) =>
      api.call(listOrders, { query: { limit: LIST, ...from(pageParam) } }),
    ...paging,
  })

export const paymentsQuery = (api: Api, orderId: string) =>
  queryOptions({
    queryKey: ['payments', orderId],
    queryFn: () => api.call(listPayments, { query: { order_id: orderId } }),
  })

export const methodsQuery = (api: Api) =>
  queryOptions({
    queryKey: ['methods'],
    queryFn: () => api.call(listPaymentMethods, {}),
  })

/** Nothing as long as the receipt is not begun: that it is missing is no failure. */
export const receiptQuery = (api: Api, paymentId: string | undefined) =>
  queryOptions({
    queryKey: ['receipt', paymentId],
    enabled: paymentId !== undefined,
    queryFn: async (): Promise<Receipt | null> => {
      try {
        return await api.call(getReceipt, { params: { transaction_id: paymentId ?? '' } })
      } catch (error) {
        if (asFailure(error)?.problem.code === 'payments.unknown_receipt') return null
        throw error
      }
    },
  })

export const libraryQuery = (api: Api) =>
  infiniteQueryOptions({
    queryKey: ['library'],
    queryFn: ({ pageParam }) =>
      api.call(listLibraryItems, { query: { limit: WHOLE, ...from(pageParam) } }),
    ...paging,
  })

export const noticesQuery = (api: Api, locale: Language) =>
  infiniteQueryOptions({
    queryKey: ['notices', locale],
    queryFn: ({ pageParam }) =>
      api.call(listNotifications, { query: { locale, limit: LIST, ...from(pageParam) } }),
    ...paging,
  })

/** All that was told of one order, and what became of its mails. */
export const orderNoticesQuery = (api: Api, orderId: string, locale: Language) =>
  queryOptions({
    queryKey: ['notices', 'of', orderId, locale],
    queryFn: () =>
      api.call(listNotifications, { query: { order_id: orderId, locale, limit: WHOLE } }),
  })
