// What the living diagram says of a demo's run, asked for as its buyer may ask, and whether the run went the way that the demo
// was to show.

import { setTimeout as pause } from 'node:timers/promises'
import { Failed } from '../command.ts'
import type { Customer } from './customer.ts'
import type { Choice } from './purchase.ts'
import type { Stage } from './stage.ts'

export interface Judged {
  readonly verdict: string
  readonly required: number
  readonly seen: number
  readonly deviations: readonly { readonly text: string }[]
  readonly items: readonly string[]
  /** Branch of each alternative. */
  readonly branches: Readonly<Record<string, string>>
  readonly interactions: readonly unknown[]
}

export interface DemoResult extends Choice, Omit<Judged, 'interactions'> {
  readonly flow: string
  readonly id: string
  /** Alternatives that went another way than the demo was to show. */
  readonly stray: readonly string[]
  /** Milliseconds of each part, from the start of the purchase. */
  readonly ms: Readonly<Record<string, number>>
}

const LOOK_EVERY_MS = 500
/** A run that deviates may merely be busy for longer than it takes to be judged at rest. */
const LIMITS = { busyMs: 10_000, timeoutMs: 60_000 }

/** The verdict, once nothing about it changes any more. */
export async function verdictOf(
  stage: Stage,
  customer: Pick<Customer, 'ask'>,
  orderId: string,
): Promise<Judged> {
  const { busyMs, timeoutMs } = stage.limits ?? LIMITS
  const until = performance.now() + timeoutMs
  let before: { size: number; verdict: string; since: number } | undefined
  for (;;) {
    const { status, body } = await customer.ask<Judged>(`GET /flows/${orderId}`)
    const now = performance.now()
    if (status === 200 && ['conforms', 'deviates'].includes(body.verdict)) {
      const size = body.interactions.length
      const isSame = before?.size === size && before.verdict === body.verdict
      if (!isSame) before = { size, verdict: body.verdict, since: now }
      else if (body.verdict === 'conforms' || now - (before?.since ?? now) > busyMs) return body
    }
    if (now > until) {
      if (status === 200) return body
      throw new Failed(`the platform has no verdict over ${orderId} (it answers ${status})`)
    }
    stage.advance?.(LOOK_EVERY_MS)
    await pause(LOOK_EVERY_MS)
  }
}

/** What each demo is there to show. */
function branchesOf({ method, outcome }: Choice): Record<string, RegExp> {
  const end = { end: outcome === 'decline' ? /^unpaid$/ : /^paid$/ }
  const news = { news: outcome === 'decline' ? /^declined$/ : /^none$/ }
  if (method !== 'saved') {
    const settlement = outcome === 'decline' ? /^declined$/ : /^paid$/
    const notice = { ok: { notice: /^webhook$/ }, timeout: { notice: /^read$/ }, decline: {} }
    return { way: /^redirect$/, settlement, ...notice[outcome], ...news, ...end }
  }
  // A webhook may be quicker than the answer.
  const direct = outcome === 'timeout' ? /^read$/ : /^(answer|webhook)$/
  const answer = outcome === 'timeout' ? /^lost$/ : /^told$/
  return { way: /^direct$/, answer, direct, ...news, ...end }
}

export const strayFrom = (branches: Judged['branches'], choice: Choice): string[] =>
  Object.entries(branchesOf(choice)).flatMap(([alternative, wanted]) => {
    const taken = branches[alternative]
    return taken !== undefined && wanted.test(taken)
      ? []
      : [`${alternative} went ${taken ?? 'nowhere'}, wanted is ${wanted.source.slice(1, -1)}`]
  })
