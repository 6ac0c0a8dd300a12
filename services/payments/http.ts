import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { getPayment } from './features/get-payment.ts'
import { initiatePayment } from './features/initiate-payment.ts'
import { listPayments } from './features/list-payments.ts'
import { findUnsettled, lookNow } from './features/look-before-end.ts'
import { listPaymentMethods } from './features/method-list.ts'
import { removePaymentMethod } from './features/method-remove.ts'
import {
  countPayments,
  examinePayments,
  exportPayments,
  listAllPayments,
} from './features/payments-for-operators.ts'
import { receiveFiscalCallback } from './features/receipt-callback.ts'
import { getReceipt } from './features/receipt-get.ts'
import { receiveWebhook } from './features/receive-webhook.ts'

export const features: Feature<AnyRoute>[] = [
  initiatePayment,
  getPayment,
  findUnsettled,
  lookNow,
  listPayments,
  receiveWebhook,
  listPaymentMethods,
  removePaymentMethod,
  getReceipt,
  receiveFiscalCallback,
  listAllPayments,
  exportPayments,
  countPayments,
  examinePayments,
]
