// The living diagram: what was recorded of an order beside what its diagram specifies, with the verdict, its reasons in words, and
// every message one press away. Loaded late by both pages: `lazy(() => import('../ui/diagram/diagram.tsx'))`.

import { useElementSize, useMediaQuery } from '@mantine/hooks'
import type { FlowRecord } from '@rialto/contracts/observer/http.ts'
import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import type { Diagram } from '@rialto/flows/language.ts'
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from 'react'
import { useLanguage } from '../words/use-language.ts'
import classes from './diagram.module.css'
import { List } from './list.tsx'
import { Panel } from './panel.tsx'
import { Canvas } from './picture/canvas.tsx'
import { layoutOf } from './pure/layout.ts'
import { participantName } from './pure/sentence.ts'
import { isDifferent, shownRows } from './pure/shown.ts'
import { diagramOf, useAlignment } from './record.ts'
import { type Mode, Toolbar } from './toolbar.tsx'
import { Differences, Verdict } from './verdict.tsx'
import { en } from './words/en.ts'
import { ru } from './words/ru.ts'

export interface LivingDiagramProps {
  readonly record: FlowRecord
  /** The message whose panel is open, for an address that names it. */
  readonly message?: string | undefined
  readonly onMessage?: (id: string | undefined) => void
  readonly details?: (row: AlignedRow) => ReactNode
}

export function LivingDiagram(props: LivingDiagramProps) {
  const diagram = diagramOf(props.record.diagram)
  return diagram === undefined ? null : <Drawn {...props} diagram={diagram} />
}

/** A message chosen by the address or, where the page keeps none, here. */
function useChosen({ message, onMessage }: LivingDiagramProps) {
  const [own, setOwn] = useState<string | undefined>(undefined)
  return onMessage === undefined ? ([own, setOwn] as const) : ([message, onMessage] as const)
}

function Drawn(props: LivingDiagramProps & { readonly diagram: Diagram }) {
  const { record, diagram, details } = props
  const language = useLanguage()
  const words = language === 'ru' ? ru : en
  const { rows, verdict } = useAlignment(record, diagram)
  const section = useRef<HTMLElement>(null)
  const { ref, width } = useElementSize()
  const isPhone = useMediaQuery('(max-width: 40em)')
  const isNarrow = useMediaQuery('(max-width: 64em)')
  const [asked, setMode] = useState<Mode | undefined>(undefined)
  const mode = asked ?? (isPhone ? 'list' : isNarrow ? 'recorded' : 'both')
  const [steps, setSteps] = useState(true)
  const [additions, setAdditions] = useState(false)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [lit, setLit] = useState<string | undefined>(undefined)
  const [chosen, choose] = useChosen(props)
  const differing = mode === 'differences'
  const shown = useMemo(
    () => shownRows(rows, { steps, additions, differing, open }),
    [rows, steps, additions, differing, open],
  )
  const panes = mode === 'recorded' ? 1 : 2
  const layout = useMemo(
    () =>
      layoutOf(diagram, shown, {
        width: Math.max(320, width - 2),
        panes,
        nameOf: (id) => participantName(id, words),
      }),
    [diagram, shown, width, panes, words],
  )
  const row = rows.find((one) => one.id === chosen)
  const onOpen = (id: string): void => {
    if (!id.startsWith('fold ')) {
      choose(id)
      return
    }
    const next = new Set(open)
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  const close = (): void => {
    choose(undefined)
    // The focus goes back to where it came from, not to the beginning of the page.
    const from = 'svg [role=button][tabindex="0"], ol button[aria-pressed=true]'
    section.current?.querySelector<HTMLElement | SVGElement>(from)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && row !== undefined) close()
  }
  const startMs = rows.find((one) => one.seen !== undefined)?.seen?.at ?? 0
  const common = { shown, words, chosen, lit, onLight: setLit, onOpen }
  return (
    <section
      ref={section}
      className={classes.diagram}
      aria-label={words.ui.title}
      onKeyDown={onKeyDown}
    >
      <Verdict verdict={verdict} words={words} />
      <Differences
        rows={rows.filter(isDifferent)}
        words={words}
        lit={lit}
        onLight={setLit}
        onOpen={onOpen}
      />
      <Toolbar
        {...{ mode, setMode, steps, setSteps, additions, setAdditions, words, rows, layout }}
        name={record.flow}
      />
      <div className={classes.body} data-open={row !== undefined || undefined}>
        <div ref={ref} className={classes.stage}>
          {rows.length === 0 && <p className={classes.soft}>{words.ui.nothing}</p>}
          {mode === 'list' ? (
            <List {...common} startMs={startMs} />
          ) : (
            width > 0 && (
              <Canvas
                {...common}
                layout={layout}
                rows={rows}
                isLive={verdict.verdict === 'running'}
              />
            )
          )}
          {mode !== 'list' && <p className={classes.keys}>{words.ui.keys}</p>}
        </div>
        {row !== undefined && (
          <Panel
            {...{ row, rows, words, language, startMs, details }}
            onGo={choose}
            onClose={close}
          />
        )}
      </div>
    </section>
  )
}
