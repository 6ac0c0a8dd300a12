// What other services may ask of the library.

import { type ClientOf, client } from '@rialto/kernel/pure/client.ts'
import { findOwned } from './http.ts'

export const libraryClient = client('library', { findOwned })
export type LibraryClient = ClientOf<typeof libraryClient>
