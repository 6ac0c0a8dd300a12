// What the specification's documents say about events: the fields that each must have, with their names. Events that do not exist
// yet stand here too, so that each is held to its document from its first day.

const fields = (text: string): readonly string[] => text.split(' ')

/** The purchase, and what services tell each other. */
export const documentedFields: Readonly<Record<string, readonly string[]>> = {
  'order.payment.initiation.requested.v1': fields(
    'order_id user_id total_amount currency items_for_receipt preferred_payment_method_id',
  ),
  'payment.transaction.status.updated.v1': fields(
    'transaction_id order_id user_id new_status amount',
  ),
  'order.processing.completed.v1': fields('order_id user_id items'),
  'library.game.added.v1': fields('user_id product_id acquisition_type purchase_date'),
  'notification.message.status.updated.v1': fields('status'),
  'payment.fiscal.receipt.status.updated.v1': fields('status'),
  'developer.balance.updated.v1': fields('developer_id new_balance transaction_item_id'),
  'payment.completed': fields('payment_intent_id user_id amount currency'),
  'payment.failed': fields('payment_intent_id user_id amount error'),
  'payment.refunded': fields('payment_id refund_id amount reason'),
  'payment.intent.created': fields('payment_intent_id user_id amount'),
  'subscription.created': fields('subscription_id user_id plan_id status'),
  'subscription.canceled': fields('subscription_id user_id reason'),
  'subscription.updated': fields('subscription_id old_plan new_plan'),
  'subscription.expired': fields('subscription_id user_id expiration_date'),
  'subscription.payment_failed': fields('subscription_id user_id attempt_count'),
  'invoice.created': fields('invoice_id user_id amount due_date'),
  'invoice.paid': fields('invoice_id payment_id amount'),
  'invoice.overdue': fields('invoice_id user_id days_overdue'),
  'order.created': fields('order_id user_id order_type total_amount items'),
  'order.canceled': fields('order_id user_id reason refund_amount'),
  'order.completed': fields('order_id user_id total_amount payment_id'),
  'order.updated': fields('order_id changes updated_fields'),
  'order.expired': fields('order_id user_id expired_at'),
  'order.payment_pending': fields('order_id payment_intent_id amount'),
  'order.refunded': fields('order_id refund_id amount'),
  'order.fulfilled': fields('order_id fulfillment_details'),
}

/** Events that nobody hears yet, and who will. An entry goes when its subscriber comes. */
export const heardLater: Readonly<Record<string, string>> = {}

/** Codes that no route answers yet, or that do not come from a route. An entry goes when a route declares its code. */
export const answeredLater: Readonly<Record<string, string>> = {}
