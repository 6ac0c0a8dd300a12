import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, id } from '../shapes/fields.ts'
import { inventoryProblems } from './problems.ts'

/** Holds copies of limited editions for an order; the same order may ask again. Products without a limit always succeed. */
export const reserveStock = route({
  name: 'reserveStock',
  service: 'inventory',
  method: 'POST',
  path: '/internal/inventory/reservations',
  summary: 'Holds copies for an order, for other services.',
  access: 'internal',
  body: closed({
    order_id: id('ord'),
    items: Type.Array(closed({ product_id: id('prd'), quantity: Type.Integer({ minimum: 1 }) }), {
      minItems: 1,
      maxItems: 20,
    }),
  }),
  replies: { 200: closed({ reserved: Type.Integer() }) },
  problems: [inventoryProblems.sold_out],
})
