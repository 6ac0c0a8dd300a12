// Calls to the fiscal register as the living diagram shows them.

import type { Context } from '@rialto/kernel/service/context.ts'
import { RegisterRefused, RegisterSilent } from '../domain/fiscal-register.ts'

export async function notedAtRegister<T>(
  ctx: Context,
  name: string,
  call: () => Promise<T>,
): Promise<T> {
  const [us, them] = [ctx.participant, 'OFD']
  const parent = ctx.note({ from: us, to: them, kind: 'call', name, outcome: 'ok' })
  const reply = (outcome: string) =>
    ctx.note({ from: them, to: us, kind: 'reply', name, outcome, parent })
  try {
    const answer = await call()
    reply('200')
    return answer
  } catch (error) {
    if (error instanceof RegisterRefused) reply(String(error.status))
    else if (error instanceof RegisterSilent) reply(error.outcome)
    throw error
  }
}
