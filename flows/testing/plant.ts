// Good purchases and planted deviations, for the tests of the checker and of everything that reads its verdict. A good run
// is listed causes first; ids of interactions are the ids of the messages they stand for, so that a plant can name them.

import type { Interaction, InteractionKind } from '@rialto/contracts/observer/interactions.ts'

export interface PurchaseShape {
  /** Attempts that are declined before the one that succeeds. */
  readonly declined?: number
  readonly lines?: number
  /** The provider settles in the same request, without its page. */
  readonly direct?: boolean
  /** The order is never paid and expires. */
  readonly expires?: boolean
  /** Before that an attempt was begun, and the person did not come back. */
  readonly abandoned?: boolean
  /** The attempt comes before the background handler, and creates the payment itself. */
  readonly early?: boolean
  /** Recordings without payloads. */
  readonly bare?: boolean
  /** What other documents add. */
  readonly extras?: boolean
  readonly looks?: number
}

interface Note {
  readonly parent?: string
  readonly outcome?: string
  readonly payload?: Readonly<Record<string, unknown>>
}

const PAY = 'POST /payments/transactions/initiate'
const ORDER = 'POST /orders/initiate'
const STATUS = 'payment.transaction.status.updated.v1'
const HOOK = 'POST /webhooks/:provider'

/** Writes interactions down one after the other, each a millisecond later. */
class Script {
  readonly run: Interaction[] = []
  readonly #bare: boolean

  constructor(bare: boolean) {
    this.#bare = bare
  }

  #add(id: string, lane: readonly [InteractionKind, string, string, string], note: Note): string {
    const [kind, from, to, name] = lane
    const { payload, ...rest } = note
    this.run.push({
      id,
      flow: 'ord_1',
      kind,
      from,
      to,
      name,
      at: 1_000 + this.run.length,
      seq: this.run.length + 1,
      outcome: 'ok',
      attempt: 1,
      ...rest,
      ...(payload === undefined || this.#bare ? {} : { payload }),
    })
    return id
  }

  call = (
    id: string,
    [from, to, name]: readonly [string, string, string],
    note: Note = {},
  ): string => this.#add(id, ['call', from, to, name], note)
  reply(id: string, call: string, outcome: string): string {
    const asked = this.run.find((i) => i.id === call)!
    return this.#add(id, ['reply', asked.to, asked.from, asked.name], { parent: call, outcome })
  }
  step = (id: string, [at, name]: readonly [string, string], parent?: string): string =>
    this.#add(id, ['step', at, at, name], parent === undefined ? {} : { parent })
  publish = (id: string, [from, name]: readonly [string, string], note: Note): string =>
    this.#add(id, ['publish', from, 'KafkaBus', name], note)
  consume(id: string, to: string, event: string): string {
    const { name } = this.run.find((i) => i.id === event)!
    return this.#add(id, ['consume', 'KafkaBus', to, name], { parent: event })
  }
}

function placeOrder(s: Script, extras: boolean): void {
  s.call('P.02', ['ClientApp', 'APIGW', ORDER])
  s.call('P.03', ['APIGW', 'OrderSvc', ORDER], { parent: 'P.02' })
  s.call('P.04', ['OrderSvc', 'CatalogSvc', 'rpc GetProductPrice'], { parent: 'P.03' })
  s.reply('P.05', 'P.04', 'ok')
  s.step('P.06', ['OrderSvc', 'order:pending_payment'], 'P.03')
  s.publish('P.07', ['OrderSvc', 'order.payment.initiation.requested.v1'], { parent: 'P.03' })
  if (extras) s.publish('x.created', ['OrderSvc', 'order.created'], { parent: 'P.03' })
  s.reply('P.08', 'P.03', '201')
  s.reply('P.09', 'P.02', '201')
}

function createInBackground(s: Script, extras: boolean): void {
  s.consume('x.requested', 'PaymentSvc', 'P.07')
  s.step('payment', ['PaymentSvc', 'payment:created'], 'P.07')
  if (!extras) return
  s.publish('x.intent', ['PaymentSvc', 'payment.intent.created'], {
    parent: 'P.07',
    payload: { payment_intent_id: 'pay_1' },
  })
  s.consume('x.intent.heard', 'OrderSvc', 'x.intent')
  s.publish('x.pending', ['OrderSvc', 'order.payment_pending'], { parent: 'x.intent' })
}

interface Attempt {
  /** Appended to the ids of all attempts but the last. */
  readonly tag: string
  readonly payment: string
  readonly creates: boolean
  readonly state: 'pending_psp_redirect' | 'processing'
}

function startAttempt(s: Script, { tag, payment, creates, state }: Attempt): void {
  const id = (base: string): string => `${base}${tag}`
  s.call(id('P.10'), ['ClientApp', 'APIGW', PAY])
  s.call(id('P.11'), ['APIGW', 'PaymentSvc', PAY], { parent: id('P.10') })
  if (creates) s.step(id('payment'), ['PaymentSvc', 'payment:created'], id('P.11'))
  s.step(id('P.12'), ['PaymentSvc', `payment:${state}`], id('P.11'))
  s.publish(id('x.started'), ['PaymentSvc', STATUS], {
    parent: id('P.11'),
    payload: { transaction_id: payment, new_status: state },
  })
  s.call(id('P.13'), ['PaymentSvc', 'PSP', 'POST /payments'], { parent: id('P.11') })
  s.reply(id('P.14'), id('P.13'), '200')
}

function finishAttempt(s: Script, tag: string): void {
  s.reply(`P.15${tag}`, `P.11${tag}`, '201')
  s.reply(`P.16${tag}`, `P.10${tag}`, '201')
}

function decline(s: Script, { tag, payment }: Attempt): void {
  const hook = s.call(`declined.webhook${tag}`, ['PSP', 'PaymentSvc', HOOK])
  s.step(`declined.step${tag}`, ['PaymentSvc', 'payment:canceled'], hook)
  s.publish(`declined.publish${tag}`, ['PaymentSvc', STATUS], {
    parent: hook,
    payload: { transaction_id: payment, new_status: 'canceled' },
  })
}

function payByRedirect(s: Script, payment: string, extras: boolean): string {
  s.call('P.52', ['PSP', 'PaymentSvc', HOOK])
  s.reply('x.hook.reply', 'P.52', '200')
  s.call('x.read', ['PaymentSvc', 'PSP', 'GET /payments/:id'], { parent: 'P.52' })
  s.reply('x.read.reply', 'x.read', '200')
  s.step('P.19', ['PaymentSvc', 'payment:completed'], 'P.52')
  const event = s.publish('P.20', ['PaymentSvc', STATUS], {
    parent: 'P.52',
    payload: { transaction_id: payment, new_status: 'completed' },
  })
  if (extras) {
    s.publish('x.completed', ['PaymentSvc', 'payment.completed'], { parent: 'P.52' })
    s.call('x.hook.again', ['PSP', 'PaymentSvc', HOOK])
    s.reply('x.hook.again.reply', 'x.hook.again', '200')
  }
  return event
}

function payDirectly(s: Script, payment: string): string {
  s.step('P.21', ['PaymentSvc', 'payment:completed'], 'P.11')
  return s.publish('P.22', ['PaymentSvc', STATUS], {
    parent: 'P.11',
    payload: { transaction_id: payment, new_status: 'completed' },
  })
}

function deliver(
  s: Script,
  paid: string,
  { lines, extras }: { lines: number; extras: boolean },
): void {
  s.consume('P.23', 'OrderSvc', paid)
  s.step('P.24', ['OrderSvc', 'order:completed'], paid)
  s.publish('P.25', ['OrderSvc', 'order.processing.completed.v1'], {
    parent: paid,
    payload: { items: Array.from({ length: lines }, (_, n) => ({ product_id: `prd_${n}` })) },
  })
  if (extras) s.publish('x.order.completed', ['OrderSvc', 'order.completed'], { parent: paid })
  s.consume('P.26', 'LibrarySvc', 'P.25')
  for (let n = 0; n < lines; n++)
    s.step(n === 0 ? 'P.27' : `P.27.${n}`, ['LibrarySvc', 'library_item:owned'], 'P.25')
  for (let n = 0; n < lines; n++)
    s.publish(n === 0 ? 'P.28' : `P.28.${n}`, ['LibrarySvc', 'library.game.added.v1'], {
      parent: 'P.25',
    })
  if (!extras) return
  s.consume('x.added', 'OrderSvc', 'P.28')
  s.step('x.fulfilled.step', ['OrderSvc', 'order:fulfilled'], 'P.28')
  s.publish('x.fulfilled', ['OrderSvc', 'order.fulfilled'], { parent: 'P.28' })
}

/** The order's end also ends a payment that still waits. */
function expire(s: Script, payment: string): void {
  s.step('unpaid.step', ['OrderSvc', 'order:expired'])
  s.publish('unpaid.publish', ['OrderSvc', 'order.expired'], {})
  s.consume('x.expired', 'PaymentSvc', 'unpaid.publish')
  s.step('x.voided.step', ['PaymentSvc', 'payment:canceled'], 'unpaid.publish')
  s.publish('x.voided', ['PaymentSvc', STATUS], {
    parent: 'unpaid.publish',
    payload: { transaction_id: payment, new_status: 'canceled' },
  })
}

function look(s: Script, tag: string): void {
  s.call(`P.47${tag}`, ['ClientApp', 'APIGW', 'GET /library/items'])
  s.call(`P.48${tag}`, ['APIGW', 'LibrarySvc', 'GET /library/items'], { parent: `P.47${tag}` })
  s.reply(`P.49${tag}`, `P.48${tag}`, '200')
  s.reply(`P.50${tag}`, `P.47${tag}`, '200')
}

/** A purchase that went as drawn. */
export function goodPurchase(shape: PurchaseShape = {}): Interaction[] {
  const { declined = 0, lines = 1, extras = true, looks = 1 } = shape
  const s = new Script(shape.bare ?? false)
  placeOrder(s, extras)
  // Without any attempt it is always the background handler that creates the payment.
  const tries = declined > 0 || shape.expires !== true || shape.abandoned === true
  const early = shape.early === true && tries
  if (!early) createInBackground(s, extras)
  for (let n = 0; n < declined; n++) {
    const creates = n > 0 || early
    const tag = `@${n + 1}`
    const attempt: Attempt = {
      tag,
      payment: `pay_${n + 1}`,
      creates,
      state: 'pending_psp_redirect',
    }
    startAttempt(s, attempt)
    finishAttempt(s, tag)
    decline(s, attempt)
  }
  const payment = `pay_${declined + 1}`
  const creates = declined > 0 || early
  const last = { tag: '', payment, creates }
  if (shape.expires === true) {
    if (shape.abandoned === true) {
      startAttempt(s, { ...last, state: 'pending_psp_redirect' })
      finishAttempt(s, '')
    }
    expire(s, payment)
    return s.run
  }
  startAttempt(s, { ...last, state: shape.direct === true ? 'processing' : 'pending_psp_redirect' })
  let paid = shape.direct === true ? payDirectly(s, payment) : undefined
  finishAttempt(s, '')
  paid ??= payByRedirect(s, payment, extras)
  deliver(s, paid, { lines, extras })
  for (let n = 0; n < looks; n++) look(s, n === 0 ? '' : `@${n}`)
  return s.run
}

export type Run = readonly Interaction[]

export const without = (run: Run, ...ids: readonly string[]): Interaction[] =>
  run.filter((i) => !ids.includes(i.id))

export const changed = (run: Run, id: string, change: Partial<Interaction>): Interaction[] =>
  run.map((i) => (i.id === id ? { ...i, ...change } : i))

/** The same interaction once more, under its own id. */
export function repeated(run: Run, id: string, change: Partial<Interaction> = {}): Interaction[] {
  return run.flatMap((i) => (i.id === id ? [i, { ...i, id: `${id}+`, ...change }] : [i]))
}

/** As if two interactions of one context had happened the other way round. */
export function swapped(run: Run, a: string, b: string): Interaction[] {
  const [x, y] = [run.find((i) => i.id === a)!, run.find((i) => i.id === b)!]
  return changed(changed(run, a, { at: y.at, seq: y.seq }), b, { at: x.at, seq: x.seq })
}

export const added = (
  run: Run,
  extra: Partial<Interaction> & { readonly id: string },
): Interaction[] => [
  ...run,
  {
    flow: 'ord_1',
    kind: 'step',
    from: 'OrderSvc',
    to: 'OrderSvc',
    name: '',
    at: 1_000 + run.length,
    seq: run.length + 1,
    outcome: 'ok',
    attempt: 1,
    ...extra,
  },
]
