// What the diagram is drawn from: the answer of `GET /flows/:key`, laid beside its diagram in the browser by the checker that
// judged it on the server.

import { type FlowRecord, getFlow } from '@rialto/contracts/observer/http.ts'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { type Alignment, align } from '@rialto/flows/checker/align.ts'
import type { Diagram } from '@rialto/flows/language.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { queryOptions } from '@tanstack/react-query'
import { useMemo, useRef } from 'react'
import type { Api } from '../api/client.ts'
import { orNothing } from '../api/failure.ts'
import { reuseRows } from './pure/shown.ts'

const DIAGRAMS: Readonly<Record<string, Diagram>> = { purchase }

export const diagramOf = (id: string): Diagram | undefined => DIAGRAMS[id]

const LIVE_MS = 1_000
const QUIET_MS = 10_000

/** Asked again every second while the run is under way; where nothing is new the answer is empty and the last one stays. */
export const flowQuery = (api: Api, flow: string) =>
  queryOptions({
    queryKey: ['flow', flow],
    queryFn: async ({ client, queryKey }): Promise<FlowRecord | null> => {
      const last = client.getQueryData<FlowRecord | null>(queryKey) ?? null
      const known = last === null ? {} : { query: { known: last.revision } }
      const answer = await orNothing(api.call(getFlow, { params: { key: flow }, ...known }))
      return answer === undefined ? last : (answer as FlowRecord | null)
    },
    refetchInterval: ({ state }) => (state.data?.quiet === true ? QUIET_MS : LIVE_MS),
  })

/** Rows that say the same keep their identity, so that only what is new is drawn. */
export function useAlignment(record: FlowRecord, diagram: Diagram): Alignment {
  const before = useRef<Alignment | undefined>(undefined)
  return useMemo(() => {
    const { quiet, lossy } = record
    // The schema knows no more of a payload than that it is an object.
    const interactions = record.interactions as readonly Interaction[]
    const { rows, verdict: compared } = align(diagram, interactions, { quiet, lossy })
    // The server knows besides what is not recorded, or is too much to be sent.
    const verdict = { ...compared, verdict: record.verdict }
    const kept = { verdict, rows: reuseRows(before.current?.rows ?? [], rows) }
    before.current = kept
    return kept
  }, [record, diagram])
}
