// What other services may ask of orders. `getOrder` is its name in the specification.

import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { readOrder } from './http.ts'

export const ordersClient = client('orders', { getOrder: readOrder })
export type OrdersClient = ClientOf<typeof ordersClient>
