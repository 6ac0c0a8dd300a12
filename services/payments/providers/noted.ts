// Calls to a provider as the living diagram shows them: the call, and the reply with its HTTP status.

import type { Context } from '@rialto/kernel/service/context.ts'
import { ProviderRefused, ProviderSilent } from '../domain/provider.ts'

export async function noted<T>(ctx: Context, name: string, call: () => Promise<T>): Promise<T> {
  const [us, them] = [ctx.participant, 'PSP']
  const parent = ctx.note({ from: us, to: them, kind: 'call', name, outcome: 'ok' })
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
