// One message in full, beside the diagram and not over it, so that it can be compared with what stands around it.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import { type ReactNode, useEffect, useRef } from 'react'
import { exactText } from '../format/moments.ts'
import type { Language } from '../words/language.ts'
import classes from './diagram.module.css'
import { saidBy } from './pure/layout.ts'
import { messageText, participantName, sentenceOf } from './pure/sentence.ts'
import { causeOf, effectOf } from './pure/walk.ts'
import type { DiagramWords } from './words/words.ts'

export interface PanelProps {
  readonly row: AlignedRow
  readonly rows: readonly AlignedRow[]
  readonly words: DiagramWords
  readonly language: Language
  readonly startMs: number
  /** What the page knows of a recorded message besides, such as its event's headers. */
  readonly details?: ((row: AlignedRow) => ReactNode) | undefined
  readonly onGo: (id: string) => void
  readonly onClose: () => void
}

function Facts({ row, rows, words, language, startMs }: PanelProps) {
  const { ui } = words
  const { seen, drawn } = row
  const cause = causeOf(row, rows)
  const facts: [string, ReactNode][] = []
  if (drawn !== undefined && drawn.items.length > 0) facts.push([ui.item, drawn.items.join(', ')])
  const said = saidBy(row, seen === undefined ? 'drawn' : 'seen')
  if (said !== undefined)
    facts.push(
      [ui.from, participantName(said.from, words)],
      [ui.to, participantName(said.to, words)],
      [ui.kind, said.kind],
    )
  if (seen !== undefined) {
    facts.push([ui.name, <code key="name">{seen.name}</code>])
    facts.push([ui.outcome, seen.outcome])
    facts.push([ui.attempt, String(seen.attempt)])
    facts.push([ui.at, exactText(new Date(seen.at).toISOString(), { language })])
    facts.push([ui.sinceStart, words.passed(seen.at - startMs)])
    if (cause?.seen !== undefined)
      facts.push([ui.sinceCause, words.passed(seen.at - cause.seen.at)])
    facts.push([ui.id, <code key="id">{seen.id}</code>])
    if (seen.parent !== undefined) facts.push([ui.cause, <code key="cause">{seen.parent}</code>])
    facts.push([ui.flow, <code key="flow">{seen.flow}</code>])
    if (row.ids.length > 1)
      facts.push([
        ui.repeats,
        <span key="repeats">
          {row.ids.map((id) => (
            <code key={id}>{id} </code>
          ))}
        </span>,
      ])
  }
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The messages that this one came from and led to, and its neighbours. */
function Ways({ row, rows, words, onGo }: PanelProps) {
  const at = rows.indexOf(row)
  const ways = [
    ['←', words.ui.toCause, causeOf(row, rows)],
    ['→', words.ui.toEffect, effectOf(row, rows)],
    ['↑', words.ui.previous, rows[at - 1]],
    ['↓', words.ui.next, rows[at + 1]],
  ] as const
  return (
    <div className={classes.ways}>
      {ways.map(([sign, name, target]) => (
        <button
          key={name}
          type="button"
          className={classes.way}
          disabled={target === undefined}
          title={target === undefined ? name : `${name}: ${messageText(target, words)}`}
          aria-label={name}
          onClick={() => target !== undefined && onGo(target.id)}
        >
          {sign}
        </button>
      ))}
    </div>
  )
}

export function Panel(props: PanelProps) {
  const { row, words, details, onClose } = props
  const box = useRef<HTMLElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus follows the message.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    // Where there is no room beside the diagram the message stands below it, out of sight.
    const panel = box.current
    const stage = panel?.previousElementSibling?.getBoundingClientRect()
    if (panel !== null && stage !== undefined && panel.getBoundingClientRect().top >= stage.bottom)
      panel.scrollIntoView({ block: 'nearest' })
  }, [row.id])
  const { ui } = words
  const payload = row.seen?.payload
  return (
    <aside ref={box} className={classes.panel} aria-label={ui.message}>
      <div className={classes.panelHead}>
        <Ways {...props} />
        <button type="button" className={classes.way} aria-label={ui.close} onClick={onClose}>
          ×
        </button>
      </div>
      <h2 ref={heading} tabIndex={-1} className={classes.panelTitle}>
        {sentenceOf(row, words)}
      </h2>
      {row.seen === undefined && <p>{ui.notRecorded}</p>}
      <Facts {...props} />
      {row.seen !== undefined && (
        <>
          <h3>{ui.payload}</h3>
          {payload === undefined ? (
            <p className={classes.soft}>{ui.noPayload}</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
            <pre className={classes.json} tabIndex={0}>
              {JSON.stringify(payload, null, 2)}
            </pre>
          )}
          {details?.(row)}
        </>
      )}
    </aside>
  )
}
