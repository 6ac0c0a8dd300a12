import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import type { Feature } from '@rialto/kernel/service/feature.ts'
import { getPayment } from './features/get-payment.ts'
import { initiatePayment } from './features/initiate-payment.ts'
import { receiveWebhook } from './features/receive-webhook.ts'

export const features: Feature<AnyRoute>[] = [initiatePayment, getPayment, receiveWebhook]
