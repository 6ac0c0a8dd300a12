// What a buyer asks for, in either of its forms. Pure.

import type { initiateOrder } from '@rialto/contracts/orders/http.ts'
import type { Body } from '@rialto/kernel/pure/contract.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { kernelProblems } from '@rialto/kernel/service/problems.ts'
import { problems } from '../errors.ts'

const wrong = (pointer: string, detail: string): Problem =>
  new Problem(kernelProblems.invalid_input, { errors: [{ pointer, detail }] })

/** The products of the cart. Throws when the form is mixed, a quantity is not 1, or a product stands twice. */
export function productsOf(body: Body<typeof initiateOrder>): string[] {
  const { product_id: productId, quantity, items } = body
  if (items === undefined && productId === undefined)
    throw wrong('/product_id', 'is missing; send product_id and quantity, or items')
  if (items !== undefined && (productId !== undefined || quantity !== undefined))
    throw wrong('/items', 'stands beside product_id or quantity; send one of the two forms')
  const lines = items ?? [{ product_id: productId as string, quantity: quantity ?? 1 }]
  if (lines.some((line) => line.quantity !== 1)) throw new Problem(problems.quantity_not_allowed)
  const products = lines.map((line) => line.product_id)
  if (new Set(products).size < products.length)
    throw wrong('/items', 'names a product twice; a game is bought once')
  return products
}
