// Starting a payment and going on from it: to the provider's page where there is one, else to the order, which shows the rest.

import { catalogProblems } from '@rialto/contracts/catalog/problems.ts'
import { orderProblems } from '@rialto/contracts/orders/problems.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { asFailure } from '../../ui/api/failure.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { cart } from '../data/cart.ts'
import { type Payable, placeOrder, startPayment, type Wanted } from '../data/pay.ts'
import type { Choice } from './methods.tsx'

const PRICE_IS_OTHER = new Set([
  orderProblems.price_changed.code,
  catalogProblems.wrong_currency.code,
])

/** Pays an order that is placed. */
export function usePay(orderId: string) {
  const { api } = useFoundation()
  const queries = useQueryClient()
  return useMutation({
    // A second press while the first is under way joins it: both carry the same key.
    mutationFn: (choice: Choice) => startPayment(api, { orderId, ...choice } satisfies Payable),
    onSuccess: ({ redirect_url: page }) => {
      if (page !== undefined) location.assign(page)
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['payments', orderId] }),
        queries.invalidateQueries({ queryKey: ['order', orderId] }),
      ]),
  })
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
      const page = await startPayment(api, { orderId, ...choice }).then(
        ({ redirect_url }) => redirect_url,
        () => undefined,
      )
      return { orderId, page }
    },
    onSuccess: ({ orderId, page }) => {
      cart.clear()
      if (page === undefined) void navigate({ to: '/orders/$orderId', params: { orderId } })
      else location.assign(page)
    },
    // The page then shows what it costs now, and its button says so.
    onError: (error) => {
      if (PRICE_IS_OTHER.has(asFailure(error)?.problem.code ?? ''))
        return queries.invalidateQueries({ queryKey: ['product'] })
    },
  })
}
