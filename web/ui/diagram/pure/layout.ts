// From participants and rows to coordinates. Pure and without measuring text: a row holds one message, so its words may run over
// other lanes, and only the width of the pane bounds them. Both panes have the same lanes, so a message stands at the same place in
// each. The whole of 400 messages is laid out in a few milliseconds.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import type { Diagram, Participant } from '@rialto/flows/language.ts'
import { nameOf as drawnName } from '@rialto/flows/mermaid.ts'
import type { Shown } from './shown.ts'

export const ROW_HEIGHT = 34
/** Left of each pane: the mark of a row that differs. */
export const GUTTER = 34
const MARGIN = 10
const LETTER = 6.1
/** Lanes narrower than this cannot carry their names side by side; the names are then turned. */
const NARROW = 92
const LANE_MAX = 150
/** What fits to the right of the arrow's own words. */
const STEP_SIZE = 12

export interface Lane {
  readonly id: string
  readonly kind: Participant['kind']
  /** Middle, from the left of a pane. */
  readonly x: number
}

export type Stroke = 'call' | 'rpc' | 'reply' | 'event' | 'webhook' | 'step'

export interface Arrow {
  readonly stroke: Stroke
  readonly x1: number
  /** Equal to `x1` for what a participant does by itself. */
  readonly x2: number
  readonly text: string
  readonly textX: number
  readonly anchor: 'start' | 'end'
}

export interface LaidRow {
  readonly id: string
  readonly y: number
  readonly shown: Shown
  readonly drawn?: Arrow
  readonly seen?: Arrow
}

export interface Layout {
  readonly lanes: readonly Lane[]
  readonly paneWidth: number
  /** 2 side by side, 1 for the recorded one alone. */
  readonly panes: 1 | 2
  readonly width: number
  readonly height: number
  readonly headHeight: number
  readonly areNamesTurned: boolean
  readonly rows: readonly LaidRow[]
}

export interface Frame {
  readonly width: number
  readonly panes: 1 | 2
  /** What a participant is called above its lane. */
  readonly nameOf: (id: string) => string
}

/** Of the turned names: how far they reach up and to the right, a letter at a time. */
const TURNED_UP = 6.3
const TURNED_RIGHT = 3.9

const OUTSIDE = new Set(['OFD', 'Mail', 'PushService'])

const kindOf = (diagram: Diagram, id: string): Participant['kind'] =>
  diagram.participants.find((p) => p.id === id)?.kind ?? (OUTSIDE.has(id) ? 'outside' : 'service')

/** Participants of the shown rows, in the diagram's order; whoever is not in the diagram follows in order of appearance. */
export function participantsOf(diagram: Diagram, shown: readonly Shown[]): string[] {
  const seen = new Set<string>()
  for (const one of shown) {
    if (one.kind === 'fold') continue
    const { drawn, seen: recorded } = one.row
    for (const message of [drawn, recorded])
      if (message !== undefined) seen.add(message.from).add(message.to)
  }
  const ids = diagram.participants.map((p) => p.id)
  return [...ids.filter((id) => seen.has(id)), ...[...seen].filter((id) => !ids.includes(id))]
}

interface Said {
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly name: string
  readonly outcome?: string
}

export function saidBy(row: AlignedRow, side: 'drawn' | 'seen'): Said | undefined {
  if (side === 'seen') return row.seen
  const { drawn } = row
  if (drawn === undefined) return undefined
  const { outcome } = drawn.match
  return {
    kind: drawn.kind,
    from: drawn.from,
    to: drawn.to,
    name: drawnName(drawn),
    ...(typeof outcome === 'string' ? { outcome } : {}),
  }
}

function strokeOf(said: Said): Stroke {
  if (said.kind === 'step') return 'step'
  if (said.kind === 'publish' || said.kind === 'consume') return 'event'
  if (said.kind === 'reply') return 'reply'
  if (said.name.startsWith('rpc ')) return 'rpc'
  return said.name.includes('/webhooks/') ? 'webhook' : 'call'
}

/** The words at an arrow: a reply says how it ended, a message that came several times how often. */
export function labelOf(said: Said, times = 1): string {
  const outcome = said.kind === 'reply' && said.outcome !== undefined ? ` ${said.outcome}` : ''
  return `${said.name}${outcome}${times > 1 ? ` ×${times}` : ''}`
}

const cut = (text: string, room: number): string => {
  const letters = Math.max(3, Math.floor(room / LETTER))
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`
}

function arrowOf(
  said: Said,
  text: string,
  lanes: { readonly x: ReadonlyMap<string, number>; readonly width: number },
): Arrow {
  const x1 = lanes.x.get(said.from) ?? 0
  const x2 = lanes.x.get(said.to) ?? 0
  const stroke = strokeOf(said)
  const left = Math.min(x1, x2) + (stroke === 'step' ? STEP_SIZE : 6)
  const right = Math.max(x1, x2) - (stroke === 'step' ? STEP_SIZE : 6)
  const rightRoom = lanes.width - MARGIN - left
  const leftRoom = right - GUTTER
  const needed = text.length * LETTER
  if (needed <= rightRoom || rightRoom >= leftRoom)
    return { stroke, x1, x2, text: cut(text, rightRoom), textX: left, anchor: 'start' }
  return { stroke, x1, x2, text: cut(text, leftRoom), textX: right, anchor: 'end' }
}

export function layoutOf(
  diagram: Diagram,
  shown: readonly Shown[],
  { width, panes, nameOf }: Frame,
): Layout {
  const ids = participantsOf(diagram, shown)
  const paneWidth = Math.floor(width / panes)
  const longest = Math.max(0, ...ids.map((id) => nameOf(id).length))
  const wide = (paneWidth - GUTTER - 2 * MARGIN) / Math.max(ids.length, 1)
  const areNamesTurned = wide < NARROW
  const right = areNamesTurned ? longest * TURNED_RIGHT : MARGIN
  const room = paneWidth - GUTTER - MARGIN - right
  const step = Math.min(LANE_MAX, room / Math.max(ids.length - (areNamesTurned ? 0.5 : 0), 1))
  const lanes = ids.map((id, n): Lane => {
    const x = Math.round(GUTTER + MARGIN + step * (n + 0.5))
    return { id, kind: kindOf(diagram, id), x }
  })
  const at = { x: new Map(lanes.map((lane) => [lane.id, lane.x])), width: paneWidth }
  const rows = shown.map((one, n): LaidRow => {
    const laid = { id: one.id, y: n * ROW_HEIGHT, shown: one }
    if (one.kind === 'fold') return laid
    const drawn = saidBy(one.row, 'drawn')
    const seen = saidBy(one.row, 'seen')
    return {
      ...laid,
      ...(drawn === undefined ? {} : { drawn: arrowOf(drawn, labelOf(drawn), at) }),
      ...(seen === undefined ? {} : { seen: arrowOf(seen, labelOf(seen, one.row.ids.length), at) }),
    }
  })
  return {
    lanes,
    paneWidth,
    panes,
    width: paneWidth * panes,
    height: Math.max(1, shown.length) * ROW_HEIGHT,
    headHeight: areNamesTurned ? Math.round(34 + longest * TURNED_UP) : 46,
    areNamesTurned,
    rows,
  }
}

/** Rows worth drawing where few of many are in sight: those of the window and some around it. */
export function inSight(
  layout: Layout,
  window: { readonly top: number; readonly height: number },
): readonly LaidRow[] {
  if (layout.rows.length <= 300) return layout.rows
  const around = window.height
  const first = Math.max(0, Math.floor((window.top - around) / ROW_HEIGHT))
  const last = Math.ceil((window.top + window.height + around) / ROW_HEIGHT)
  return layout.rows.slice(first, last)
}
