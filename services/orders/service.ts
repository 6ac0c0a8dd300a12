import { accountsClient } from '@rialto/contracts/accounts/client.ts'
import { catalogRpc } from '@rialto/contracts/catalog/client.ts'
import { inventoryClient } from '@rialto/contracts/inventory/client.ts'
import { libraryClient } from '@rialto/contracts/library/client.ts'
import {
  OrderCanceled,
  OrderCompleted,
  OrderCreated,
  OrderExpired,
  OrderFulfilled,
  OrderPaymentInitiationRequested,
  OrderPaymentPending,
  OrderProcessingCompleted,
  OrderUpdated,
} from '@rialto/contracts/orders/events.ts'
import { paymentsClient } from '@rialto/contracts/payments/client.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { ordersConfig, type Parts, settings } from './config.ts'
import { problems } from './errors.ts'
import { orderNews } from './events/handlers/order-news.ts'
import { expireOrders } from './features/expire-orders.ts'
import { features } from './http.ts'

export const orders: Service = {
  name: 'orders',
  participant: 'OrderSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [],
  batches: [orderNews],
  jobs: [expireOrders],
  uses: [accountsClient, catalogRpc, libraryClient, inventoryClient, paymentsClient],
  publishes: [
    OrderCreated,
    OrderPaymentInitiationRequested,
    OrderPaymentPending,
    OrderCompleted,
    OrderProcessingCompleted,
    OrderFulfilled,
    OrderCanceled,
    OrderExpired,
    OrderUpdated,
  ],
  problems,
  settings,
  build: ({ settings }): Parts => ({ config: ordersConfig(settings) }),
}
