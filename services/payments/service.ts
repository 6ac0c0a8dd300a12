import { ordersClient } from '@rialto/contracts/orders/client.ts'
import {
  PaymentCompleted,
  PaymentFailed,
  PaymentIntentCreated,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import { type Parts, paymentsConfig } from './config.ts'
import { problems } from './errors.ts'
import { orderCanceled } from './events/handlers/order-canceled.ts'
import { orderCreated } from './events/handlers/order-created.ts'
import { orderExpired } from './events/handlers/order-expired.ts'
import { orderPaymentInitiationRequested } from './events/handlers/order-payment-initiation-requested.ts'
import { checkOperation } from './features/check-operation.ts'
import { readNotified } from './features/read-notified.ts'
import { reconcileOperations } from './features/reconcile-operations.ts'
import { runOperationJob } from './features/run-operation.ts'
import { features } from './http.ts'
import { openYooKassa } from './providers/yookassa.ts'

export const payments: Service = {
  name: 'payments',
  participant: 'PaymentSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [orderCreated, orderPaymentInitiationRequested, orderExpired, orderCanceled],
  jobs: [runOperationJob, readNotified, checkOperation, reconcileOperations],
  uses: [ordersClient],
  publishes: [PaymentIntentCreated, PaymentStatusUpdated, PaymentCompleted, PaymentFailed],
  problems,
  build({ settings, jobs }): Parts {
    const { yookassa } = paymentsConfig(settings)
    const adapters = [openYooKassa(yookassa)]
    return { providers: new Map(adapters.map((adapter) => [adapter.name, adapter])), jobs }
  },
}
