import { event } from '@rialto/kernel/pure/contract.ts'
import Type from 'typebox'
import { currency, id, instant, oneOf, open, signedMinor } from '../shapes/fields.ts'
import { developerId } from './http.ts'

export const DeveloperBalanceUpdated = event({
  type: 'developer.balance.updated.v1',
  source: 'developers',
  key: 'developer_id',
  summary: 'A sold line, or its refund, moved a developer’s balance.',
  data: open({
    developer_id: developerId,
    /** After this line, in the order in which lines moved it. */
    new_balance: signedMinor,
    currency,
    /** The order’s line. */
    transaction_item_id: id('lin'),
    /** What it was moved by: negative for a refund. */
    amount: signedMinor,
    reason: oneOf('sale', 'refund'),
    refund_id: Type.Optional(id('rfd')),
    order_id: id('ord'),
    product_id: Type.String(),
    updated_at: instant,
  }),
})
