// A call to the outside as the living diagram shows it: the call, and the reply with what the other side said.

import type { Context } from '@rialto/kernel/service/context.ts'

export async function noted<A extends { readonly code: string }>(
  ctx: Context,
  { to, name }: { readonly to: string; readonly name: string },
  call: () => Promise<A>,
): Promise<A> {
  const from = ctx.participant
  const parent = ctx.note({ from, to, kind: 'call', name, outcome: 'ok' })
  const answer = await call()
  ctx.note({ from: to, to: from, kind: 'reply', name, outcome: answer.code, parent })
  return answer
}
