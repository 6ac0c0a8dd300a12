import { getFlow } from '@rialto/contracts/observer/http.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import { type Ask, query, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import { judge, readFlow } from '../judge.ts'
import type { ObserverParts } from '../service.ts'
import { selectFlow } from '../store.ts'

type Asked = Ask<typeof getFlow, {}, ObserverParts> & { readonly read: Unit }

export const readOne = query(getFlow, async ({ input, caller, read, parts, now }: Asked) => {
  const { key } = input.params
  const unknown = new Problem(problems.unknown_flow, { facts: { key } })
  const interactions = await read(async (tx) => {
    const flow = await tx.maybe(selectFlow(key))
    if (flow === undefined) throw unknown
    const sees = caller.roles.includes('operator') || flow.user_id === caller.id
    if (!sees) throw unknown
    return readFlow(tx, key, parts.groups)
  })
  const verdict = judge(key, { interactions, now, lossy: parts.lossy() })
  if (verdict === undefined) throw unknown
  const { diagram, verdict: word, required, seen, deviations, items, waiting } = verdict
  return reply(200, {
    flow: key,
    diagram,
    verdict: word,
    required,
    seen,
    deviations: [...deviations],
    items: [...items],
    waiting: [...waiting],
    interactions,
  })
})
