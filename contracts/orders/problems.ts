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
  mixed_currencies: [409, 'These games are sold in different currencies', 'Order them one by one.'],
  price_changed: [
    409,
    'The price has changed',
    'Look at the new total and order again at it if you agree; nothing was ordered.',
  ],
  order_in_payment: [
    409,
    'This order is being paid',
    'Wait for the result of its payment; then it is either paid, or you can cancel it and order again.',
    'checking',
  ],
  unknown_line: [404, 'This order has no such line', 'Read the order again.'],
  last_line: [409, 'An order keeps at least one line', 'Cancel the order instead.'],
  /** What became of its money is said by each refusal: an attempt to pay it may have come too late. */
  order_ended: [
    409,
    'This order has ended',
    'Place a new order; money that came too late for this one goes back by itself.',
  ],
  order_paid: [
    409,
    'This order was paid',
    'Find what you bought in your library, and the receipt on the page of the order.',
    'safe',
  ],
})
