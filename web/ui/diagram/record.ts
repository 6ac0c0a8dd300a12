// What the diagram is drawn from: the answer of `GET /flows/:key`, laid beside its diagram in the browser by the checker that
// judged it on the server.

import type { FlowRecord } from '@rialto/contracts/observer/http.ts'
import type { Interaction } from '@rialto/contracts/observer/interactions.ts'
import { type Alignment, align } from '@rialto/flows/checker/align.ts'
import type { Diagram } from '@rialto/flows/language.ts'
import { purchase } from '@rialto/flows/purchase.ts'
import { useMemo, useRef } from 'react'
import { reuseRows } from './pure/shown.ts'

const DIAGRAMS: Readonly<Record<string, Diagram>> = { purchase }

export const diagramOf = (id: string): Diagram | undefined => DIAGRAMS[id]

/** Rows that say the same keep their identity, so that only what is new is drawn. */
export function useAlignment(record: FlowRecord, diagram: Diagram): Alignment {
  const before = useRef<Alignment | undefined>(undefined)
  return useMemo(() => {
    const { quiet, lossy } = record
    // The schema knows no more of a payload than that it is an object.
    const interactions = record.interactions as readonly Interaction[]
    const { rows, verdict } = align(diagram, interactions, { quiet, lossy })
    const kept = { verdict, rows: reuseRows(before.current?.rows ?? [], rows) }
    before.current = kept
    return kept
  }, [record, diagram])
}
