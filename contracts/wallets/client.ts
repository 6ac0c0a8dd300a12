// What other services may ask of the ledger.

import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { postToLedger, readAccount, readBalance } from './http.ts'

export const walletClient = client('wallets', {
  post: postToLedger,
  getAccount: readAccount,
  getBalance: readBalance,
})
export type WalletClient = ClientOf<typeof walletClient>
