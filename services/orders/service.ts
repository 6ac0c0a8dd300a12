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
import type { Service } from '@rialto/kernel/service/service.ts'
import { ordersConfig, type Parts, settings } from './config.ts'
import { problems } from './errors.ts'
import { libraryGameAdded } from './events/handlers/library-game-added.ts'
import { paymentCompleted } from './events/handlers/payment-completed.ts'
import { paymentFailed } from './events/handlers/payment-failed.ts'
import { paymentIntentCreated } from './events/handlers/payment-intent-created.ts'
import { paymentRefunded } from './events/handlers/payment-refunded.ts'
import { paymentTransactionStatusUpdated } from './events/handlers/payment-transaction-status-updated.ts'
import { expireOrders } from './features/expire-orders.ts'
import { features } from './http.ts'

export const orders: Service = {
  name: 'orders',
  participant: 'OrderSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [
    paymentTransactionStatusUpdated,
    paymentCompleted,
    paymentFailed,
    paymentIntentCreated,
    paymentRefunded,
    libraryGameAdded,
  ],
  jobs: [expireOrders],
  uses: [accountsClient, catalogRpc, libraryClient, inventoryClient],
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
