import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { reserveStock } from './http.ts'

/** `reserve`, as the specification names it. */
export const inventoryClient = client('inventory', { reserve: reserveStock })
export type InventoryClient = ClientOf<typeof inventoryClient>
