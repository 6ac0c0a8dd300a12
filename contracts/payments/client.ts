// What other services may ask of payments.

import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { findUnsettled, lookNow } from './http.ts'

export const paymentsClient = client('payments', { findUnsettled, lookNow })
export type PaymentsClient = ClientOf<typeof paymentsClient>
