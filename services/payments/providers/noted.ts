// Calls to a provider as the living diagram shows them: the call, and the reply with its HTTP status.

import type { Context } from '@rialto/kernel/service/context.ts'
import { ProviderRefused, ProviderSilent } from '../domain/provider.ts'

/** A call by its name; with an id where what follows from the answer names the call as its cause. */
export type Noted = string | { readonly name: string; readonly id: string }

export async function noted<T>(ctx: Context, what: Noted, call: () => Promise<T>): Promise<T> {
  const [us, them] = [ctx.participant, 'PSP']
  const { name, ...own } = typeof what === 'string' ? { name: what } : what
  const parent = ctx.note({ from: us, to: them, kind: 'call', name, outcome: 'ok', ...own })
  const reply = (outcome: string) =>
    ctx.note({ from: them, to: us, kind: 'reply', name, outcome, parent })
  try {
    const answer = await call()
    reply(answer === undefined ? '404' : '200')
    return answer
  } catch (error) {
    if (error instanceof ProviderRefused) reply(String(error.status))
    else if (error instanceof ProviderSilent) reply(error.outcome)
    throw error
  }
}
