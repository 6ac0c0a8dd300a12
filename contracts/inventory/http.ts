import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, id } from '../shapes/fields.ts'
import { inventoryProblems } from './problems.ts'

/**
 * Holds copies of limited editions for an order; the same order may ask again. Products without a limit always succeed. The orders
 * of one buyer that ask for the same product share one copy: only one of them can be open.
 */
export const reserveStock = route({
  name: 'reserveStock',
  service: 'inventory',
  method: 'POST',
  path: '/internal/inventory/reservations',
  summary: 'Holds copies for an order, for other services.',
  access: 'internal',
  body: closed({
    order_id: id('ord'),
    /** Absent when asked by a version that did not tell: then each order has a copy of its own. */
    user_id: Type.Optional(id('usr')),
    items: Type.Array(closed({ product_id: id('prd'), quantity: Type.Integer({ minimum: 1 }) }), {
      minItems: 1,
      maxItems: 20,
    }),
  }),
  replies: { 200: closed({ reserved: Type.Integer() }) },
  problems: [inventoryProblems.sold_out],
})
