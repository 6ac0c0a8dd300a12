import { problems } from '@rialto/kernel/pure/problem.ts'

export const orderProblems = problems('orders', {
  unknown_order: [404, 'There is no such order', 'Check the id; you see only your own orders.'],
  quantity_not_allowed: [400, 'A game is bought once', 'Order quantity 1.'],
  already_owned: [
    409,
    'You own this game already',
    'Find it in your library; nothing was charged.',
  ],
  already_in_order: [409, 'This game is in an open order of yours', 'Pay or cancel that order.'],
  order_ended: [409, 'This order has ended', 'Place a new order.'],
})
