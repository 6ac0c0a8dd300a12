// What the platform's refusals say in English where the answer's own words are for whoever writes a program: what happened, what to
// do. All others are shown as they come with the answer.

const NOT_ACCEPTED = ['The request was not accepted', 'Load the page again and repeat.'] as const
const OVER = ['The session is not valid any more', 'Sign in again.'] as const

export const problemsEn: Readonly<Record<string, readonly [what: string, now: string]>> = {
  'kernel.invalid_input': [
    'Something was not filled in right',
    'Correct the marked fields and send it again.',
  ],
  'kernel.malformed_json': NOT_ACCEPTED,
  'kernel.malformed_request': NOT_ACCEPTED,
  'kernel.idempotency_key_invalid': NOT_ACCEPTED,
  'kernel.unsupported_media_type': NOT_ACCEPTED,
  'kernel.headers_too_large': NOT_ACCEPTED,
  'kernel.method_not_allowed': NOT_ACCEPTED,
  'kernel.unauthenticated': ['You are not signed in', 'Sign in and try again.'],
  'kernel.not_found': ['There is no such page', 'Check the address.'],
  'kernel.idempotency_in_progress': [
    'The same request is still being worked on',
    'Wait a moment: the result appears by itself.',
  ],
  'kernel.payload_too_large': ['The request is too large', 'Send less at once.'],
  'kernel.idempotency_key_reused': [
    'This was done already with other data',
    'Load the page again and repeat.',
  ],
  'kernel.rate_limited': ['Too many requests', 'Wait a little and try again.'],
  'kernel.internal': ['Something went wrong on our side', 'Tell support the trace id below.'],
  'kernel.unavailable': [
    'Not available for a moment',
    'Try again in a few seconds: repeating is safe.',
  ],
  'auth.token_invalid': OVER,
  'auth.token_expired': ['The session has expired', 'Sign in again.'],
  'auth.token_foreign': ['This session is not valid here', 'Sign in again.'],
  'auth.session_ended': ['The session was ended', 'Sign in again.'],
  'gateway.upgrade_required': ['Only a live connection is served here', 'Load the page again.'],
  'gateway.origin_not_allowed': [
    'There is no connection from this page',
    'Open the store at its own address.',
  ],
  'observer.unknown_flow': [
    'There is no record of this',
    'Check the address; you see only your own orders.',
  ],
  'audit.trail_unavailable': [
    'The audit trail cannot be read at the moment',
    'Try again a little later. Nothing is lost: what happens meanwhile is written when its database is back.',
  ],
  'accounts.refresh_invalid': OVER,
  'accounts.refresh_reused': [
    'The session was ended for safety',
    'Sign in again; set a new password if it was not you.',
  ],
  'accounts.unknown_user': ['There is no such user', 'Sign in again.'],
  'catalog.not_sold_in_region': [
    'This game is not sold in your region',
    'Remove it from the cart, or choose another.',
  ],
  'catalog.wrong_currency': [
    'The price is in another currency now',
    'Look at the new total, and order again if you agree: nothing was ordered.',
  ],
  'orders.unknown_order': [
    'There is no such order',
    'Check the address; you see only your own orders.',
  ],
  'orders.unknown_line': ['This order has no such line', 'Load the order again.'],
  'payments.unknown_payment': [
    'There is no such payment',
    'Check the address; you see only your own payments.',
  ],
  'payments.unknown_receipt': [
    'There is no receipt yet',
    'It appears when the payment is completed.',
  ],
  'payments.payment_method_required': [
    'No saved card was chosen',
    'Choose one, or another way to pay.',
  ],
  'notifications.unknown_notification': ['There is no such notification', 'Load the page again.'],
}
