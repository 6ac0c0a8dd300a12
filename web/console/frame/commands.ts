// What a text that was typed or pasted into the palette can mean. Pure.

export type Meaning =
  | { readonly kind: 'order' | 'payment' | 'user' | 'event'; readonly id: string }
  | { readonly kind: 'words'; readonly text: string }

const ID = '[0-9a-hjkmnp-tv-z]{26}'
const KINDS = [
  ['order', new RegExp(`\\bord_${ID}\\b`)],
  ['payment', new RegExp(`\\bpay_${ID}\\b`)],
  ['user', new RegExp(`\\busr_${ID}\\b`)],
  ['event', /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/],
] as const

/** An id counts wherever it stands, because what is pasted is often a line of a log. */
export function meaningOf(text: string): Meaning {
  const lower = text.toLowerCase()
  for (const [kind, pattern] of KINDS) {
    const id = pattern.exec(lower)?.[0]
    if (id !== undefined) return { kind, id }
  }
  return { kind: 'words', text: lower.trim() }
}

/** Where an id leads. */
export function addressOf(meaning: Exclude<Meaning, { kind: 'words' }>): {
  readonly to: string
  readonly search?: Readonly<Record<string, string>>
} {
  switch (meaning.kind) {
    case 'order':
      return { to: `/orders/${meaning.id}` }
    case 'payment':
      return { to: '/payments', search: { transaction_id: meaning.id } }
    case 'user':
      return { to: '/orders', search: { user_id: meaning.id } }
    case 'event':
      return { to: '/events', search: { event_id: meaning.id } }
  }
}
