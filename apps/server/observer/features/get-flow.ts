import { getFlow } from '@rialto/contracts/observer/http.ts'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import type { Unit } from '@rialto/kernel/service/feature.ts'
import { type Ask, query, reply } from '@rialto/kernel/service/feature.ts'
import { problems } from '../errors.ts'
import { judgeAt, readFlow } from '../judge.ts'
import type { ObserverParts } from '../service.ts'
import { selectFlow } from '../store.ts'

type Asked = Ask<typeof getFlow, {}, ObserverParts> & { readonly read: Unit }

/** What developers earn is nobody's business but theirs and the operators'. */
const PRIVATE = 'DeveloperSvc'

const asSeenByBuyer = (all: readonly Interaction[]): Interaction[] =>
  all.map(({ payload, ...rest }) =>
    payload === undefined || rest.from === PRIVATE ? rest : { ...rest, payload },
  )

export const readOne = query(getFlow, async ({ input, caller, read, parts, now }: Asked) => {
  const { key } = input.params
  const unknown = new Problem(problems.unknown_flow, { facts: { key } })
  const isOperator = caller.roles.includes('operator')
  const known = await read(async (tx) => {
    const flow = await tx.maybe(selectFlow(key))
    if (flow === undefined) throw unknown
    if (!isOperator && flow.user_id !== caller.id) throw unknown
    return readFlow(tx, key, parts.groups)
  })
  const { interactions } = known
  const judged = judgeAt(key, known, { now, completeness: parts.completeness })
  if (judged === undefined) throw unknown
  const { quiet, lossy } = judged
  const {
    diagram,
    verdict: word,
    required,
    seen,
    deviations,
    items,
    waiting,
    branches,
  } = judged.verdict
  const revision = `${interactions.length}-${word}-${quiet ? 'quiet' : 'open'}`
  if (input.query.known === revision) return reply(204, null)
  return reply(200, {
    flow: key,
    diagram,
    verdict: word,
    required,
    seen,
    deviations: [...deviations],
    items: [...items],
    waiting: [...waiting],
    branches: { ...branches },
    interactions: isOperator ? interactions : asSeenByBuyer(interactions),
    quiet,
    lossy,
    revision,
  })
})
