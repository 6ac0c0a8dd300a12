import { route } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { closed, id, instant, oneOf, page, pageOf, shortText } from '../shapes/fields.ts'

export const LibraryItem = closed({
  item_id: id('lib'),
  product_id: id('prd'),
  title: shortText,
  acquisition_type: oneOf('purchase', 'gift'),
  order_id: id('ord'),
  purchase_date: instant,
})

export const listLibraryItems = route({
  name: 'listLibraryItems',
  service: 'library',
  method: 'GET',
  path: '/library/items',
  summary: 'What the caller owns, newest first.',
  access: ['customer'],
  query: closed(page),
  replies: { 200: pageOf(LibraryItem) },
})

/** For orders: which of these products the user owns. */
export const findOwned = route({
  name: 'findOwned',
  service: 'library',
  method: 'GET',
  path: '/internal/library/:user_id/owned',
  summary: 'Which of some products a user owns, for other services.',
  access: 'internal',
  params: closed({ user_id: id('usr') }),
  query: closed({ product_id: id('prd') }),
  replies: { 200: closed({ owned: Type.Boolean() }) },
})
