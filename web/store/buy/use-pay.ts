// Starting a payment and going on from it: to the provider's page where there is one, else to the order, which shows the rest.

import { catalogProblems } from '@rialto/contracts/catalog/problems.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import {
  type QueryClient,
  skipToken,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { asFailure } from '../../ui/api/failure.ts'
import { isOfPerson } from '../../ui/api/of-person.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { cart } from '../data/cart.ts'
import type { Choice } from './methods.tsx'
import { placeOrder, startPayment, type Wanted } from './pay.ts'

const PRICE_IS_OTHER = new Set([
  orderProblems.price_changed.code,
  catalogProblems.wrong_currency.code,
])

/** What the start of a payment failed with where the order was placed; its page tells it. */
const startFailure = (orderId: string) => ['start failure', orderId] as const

const tellStart = (queries: QueryClient, orderId: string, failure: unknown): unknown =>
  queries.setQueryData(startFailure(orderId), failure)

export const useStartFailure = (orderId: string): unknown =>
  useQuery({ queryKey: startFailure(orderId), queryFn: skipToken }).data ?? null

/** The page as it was left for the provider's may be shown again, button held and all: it begins anew. */
function useBackAgain(begin: () => void): void {
  const queries = useQueryClient()
  useEffect(() => {
    const again = ({ persisted }: PageTransitionEvent): void => {
      if (!persisted) return
      begin()
      void queries.invalidateQueries({ predicate: isOfPerson })
    }
    addEventListener('pageshow', again)
    return () => removeEventListener('pageshow', again)
  }, [begin, queries])
}

/** Pays an order that is placed, once more after an attempt that came to nothing. */
export function usePay(orderId: string, after: string | undefined) {
  const { api } = useFoundation()
  const queries = useQueryClient()
  const pay = useMutation({
    onMutate: () => tellStart(queries, orderId, null),
    // A second press while the first is under way joins it: both carry the same key.
    mutationFn: (choice: Choice) => startPayment(api, { orderId, after, ...choice }),
    onSuccess: ({ redirect_url: page }) => {
      if (page !== undefined) location.assign(page)
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['payments', orderId] }),
        queries.invalidateQueries({ queryKey: ['order', orderId] }),
      ]),
  })
  useBackAgain(pay.reset)
  return pay
}

/** Places an order of the cart and starts to pay it. Once it is placed, whatever goes wrong is gone on with on its page. */
export function useOrderAndPay(productIds: readonly string[]) {
  const { api } = useFoundation()
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async ({ total, ...choice }: Choice & Pick<Wanted, 'total'>) => {
      const { method } = choice
      const { order_id: orderId } = await placeOrder(api, { productIds, method, total })
      const started = await startPayment(api, { orderId, ...choice }).then(
        ({ redirect_url: page }) => ({ page, failure: null }),
        (failure: unknown) => ({ page: undefined, failure }),
      )
      return { orderId, ...started }
    },
    onSuccess: async ({ orderId, page, failure }) => {
      // What was added in another tab meanwhile stays.
      cart.remove(...productIds)
      tellStart(queries, orderId, failure)
      // Back from the provider's page leads to the order, not to a checkout of an empty cart.
      await navigate({ to: '/orders/$orderId', params: { orderId }, replace: true })
      if (page !== undefined) location.assign(page)
    },
    // The page then shows what it costs now, and its button says so.
    onError: (error) => {
      if (PRICE_IS_OTHER.has(asFailure(error)?.problem.code ?? ''))
        return queries.invalidateQueries({ queryKey: ['product'] })
    },
  })
}
