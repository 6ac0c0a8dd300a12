// What other services may ask of accounts.

import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { getUser, issueLink } from './http.ts'

export const accountsClient = client('accounts', { getUser, issueLink })
export type AccountsClient = ClientOf<typeof accountsClient>
