// What other services may ask of accounts.

import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { getUser } from './http.ts'

export const accountsClient = client('accounts', { getUser })
export type AccountsClient = ClientOf<typeof accountsClient>
