import { accountsClient } from '@rialto/contracts/accounts/client.ts'
import { ordersClient } from '@rialto/contracts/orders/client.ts'
import {
  PaymentCompleted,
  PaymentFailed,
  PaymentIntentCreated,
  PaymentRefunded,
  PaymentStatusUpdated,
} from '@rialto/contracts/payments/events.ts'
import { FiscalReceiptStatusUpdated } from '@rialto/contracts/payments/receipts.ts'
import type { Service } from '@rialto/kernel/service/service.ts'
import Type from 'typebox'
import { type Parts, paymentsConfig, settings } from './config.ts'
import { problems } from './errors.ts'
import { orderCanceled } from './events/handlers/order-canceled.ts'
import { orderCreated } from './events/handlers/order-created.ts'
import { orderExpired } from './events/handlers/order-expired.ts'
import { orderPaymentInitiationRequested } from './events/handlers/order-payment-initiation-requested.ts'
import { orderUpdated } from './events/handlers/order-updated.ts'
import { paymentRefunded } from './events/handlers/payment-refunded.ts'
import { paymentTransactionStatusUpdated } from './events/handlers/payment-transaction-status-updated.ts'
import { cancelPayment } from './features/cancel-payment.ts'
import { checkOperation } from './features/check-operation.ts'
import { readNotified, sweepNotified } from './features/read-notified.ts'
import { fiscalizeJob, sweepReceipts } from './features/receipt-run.ts'
import { forgetNotified } from './features/receive-webhook.ts'
import { reconcileOperations } from './features/reconcile-operations.ts'
import { checkRefund } from './features/refund-check.ts'
import { runRefundJob } from './features/refund-run.ts'
import { watchMoney } from './features/watch-money.ts'
import { features } from './http.ts'
import { settings as fiscalSettings, openFiscal } from './providers/atol-config.ts'
import { measuredProvider, measuredRegister } from './providers/measured.ts'
import { openYooKassa } from './providers/yookassa.ts'

export const payments: Service = {
  name: 'payments',
  participant: 'PaymentSvc',
  migrations: new URL('./migrations/', import.meta.url),
  features,
  handlers: [
    orderCreated,
    orderPaymentInitiationRequested,
    orderExpired,
    orderCanceled,
    orderUpdated,
    paymentTransactionStatusUpdated,
    paymentRefunded,
  ],
  jobs: [
    readNotified,
    sweepNotified,
    forgetNotified,
    checkOperation,
    reconcileOperations,
    cancelPayment,
    runRefundJob,
    checkRefund,
    fiscalizeJob,
    sweepReceipts,
  ],
  uses: [ordersClient, accountsClient],
  publishes: [
    PaymentIntentCreated,
    PaymentStatusUpdated,
    PaymentCompleted,
    PaymentFailed,
    PaymentRefunded,
    FiscalReceiptStatusUpdated,
  ],
  problems,
  readings: [watchMoney],
  settings: Type.Object({ ...settings.properties, ...fiscalSettings.properties }),
  build({ settings, jobs, env, security }): Parts {
    const { yookassa, notifications } = paymentsConfig(settings)
    const fiscal = openFiscal(settings, env.clock)
    const adapters = [measuredProvider(openYooKassa(yookassa), env.figures)]
    return {
      providers: new Map(adapters.map((adapter) => [adapter.name, adapter])),
      jobs,
      busy: new Set(),
      fields: security.fields,
      notifications,
      fiscal: { ...fiscal, register: measuredRegister(fiscal.register, 'atol', env.figures) },
    }
  },
}
