import { event } from '@rialto/kernel/pure/contract.ts'
import { id, instant, oneOf, open } from '../shapes/fields.ts'

export const LibraryGameAdded = event({
  type: 'library.game.added.v1',
  source: 'library',
  key: 'user_id',
  summary: 'A game is in a user’s library.',
  data: open({
    user_id: id('usr'),
    product_id: id('prd'),
    order_id: id('ord'),
    line_id: id('lin'),
    acquisition_type: oneOf('purchase', 'gift'),
    purchase_date: instant,
  }),
})
