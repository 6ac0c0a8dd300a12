import { machine } from '@rialto/kernel/pure/states.ts'

export const libraryItemStates = machine({
  name: 'library_item',
  initial: 'owned',
  next: { owned: ['revoked'], revoked: [] },
})
