// One row of the picture: both panes' arrows, the ground that lights up under them, and the sign of what differs. Memoised: a
// message that arrives draws one row and moves those below it.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import { memo } from 'react'
import { type Arrow, GUTTER, type LaidRow, ROW_HEIGHT } from '../pure/layout.ts'
import { sentenceOf } from '../pure/sentence.ts'
import { isDifferent } from '../pure/shown.ts'
import type { DiagramWords } from '../words/words.ts'
import classes from './canvas.module.css'

const MIDDLE = 23
const SIGNS: Readonly<Record<string, string>> = {
  missing: '−',
  extra: '+',
  wrong_order: '↕',
  wrong_branch: '⑂',
  wrong_count: '#',
  late: '◷',
  forbidden: '!',
  wrong_payload: '≠',
  not_judged: '?',
}

/** Sign of a row that differs; of a moved one its number too, the same at both of its halves. */
export function signOf(row: AlignedRow): string | undefined {
  if (row.pair !== undefined) return `↕${row.pair}`
  const [first] = row.deviations
  if (first !== undefined) return SIGNS[first.type]
  return row.mark === 'missing' ? '−' : undefined
}

function Line({ arrow }: { readonly arrow: Arrow }) {
  const { stroke, x1, x2, text, textX, anchor } = arrow
  if (stroke === 'step')
    return (
      <g className={classes.message} data-stroke={stroke}>
        <rect x={x1 - 6} y={MIDDLE - 12} width={12} height={12} rx={3} className={classes.box} />
        <text x={textX} y={MIDDLE - 2} textAnchor={anchor}>
          {text}
        </text>
      </g>
    )
  const back = x2 > x1 ? -7 : 7
  const isDouble = stroke === 'rpc'
  return (
    <g className={classes.message} data-stroke={stroke} data-to={x2 > x1 ? 'right' : 'left'}>
      {isDouble ? (
        <path
          d={`M${x1} ${MIDDLE - 1.5}H${x2}M${x1} ${MIDDLE + 1.5}H${x2}`}
          className={classes.line}
        />
      ) : (
        <path d={`M${x1} ${MIDDLE}H${x2}`} className={classes.line} />
      )}
      <path
        d={`M${x2 + back} ${MIDDLE - 4}L${x2} ${MIDDLE}L${x2 + back} ${MIDDLE + 4}`}
        className={classes.tip}
      />
      <text x={textX} y={MIDDLE - 9} textAnchor={anchor}>
        {text}
      </text>
    </g>
  )
}

function Sign({ text, x }: { readonly text: string; readonly x: number }) {
  const width = text.length > 1 ? 26 : 18
  return (
    <g>
      <rect x={x} y={8} width={width} height={18} rx={5} className={classes.signGround} />
      <text x={x + width / 2} y={21} textAnchor="middle" className={classes.signText}>
        {text}
      </text>
    </g>
  )
}

export interface RowProps {
  readonly laid: LaidRow
  readonly y: number
  readonly paneWidth: number
  readonly panes: 1 | 2
  readonly words: DiagramWords
  readonly isFocused: boolean
  readonly isChosen: boolean
  readonly isLit: boolean
  readonly isNew: boolean
}

function FoldRow({ laid, y, paneWidth, panes, words, isFocused }: RowProps) {
  if (laid.shown.kind !== 'fold') return null
  const { count, isOpen } = laid.shown
  const text = isOpen ? words.unfolded(count) : words.folded(count)
  return (
    // biome-ignore lint/a11y/useSemanticElements: HTML has no button inside an SVG.
    <g
      role="button"
      tabIndex={isFocused ? 0 : -1}
      aria-expanded={isOpen}
      aria-label={text}
      data-id={laid.id}
      className={classes.fold}
      transform={`translate(0 ${y})`}
    >
      <rect
        x={2}
        y={4}
        width={paneWidth * panes - 4}
        height={ROW_HEIGHT - 8}
        rx={6}
        className={classes.foldGround}
      />
      <text x={GUTTER} y={21} className={classes.foldText}>
        {isOpen ? '▾' : '▸'} {text}
      </text>
    </g>
  )
}

function MessageRow(props: RowProps) {
  const { laid, y, paneWidth, panes, words, isFocused, isChosen, isLit, isNew } = props
  if (laid.shown.kind !== 'row') return null
  const { row } = laid.shown
  const sign = signOf(row)
  const recordedAt = panes === 2 ? paneWidth : 0
  // Without the specified pane beside it, what is missing still has its ghost in the recorded one.
  const ghost = row.seen === undefined ? laid.drawn : undefined
  return (
    <g
      data-id={laid.id}
      data-mark={row.mark}
      data-differs={isDifferent(row) || undefined}
      data-chosen={isChosen || undefined}
      data-lit={isLit || undefined}
      data-new={isNew || undefined}
      data-inside={laid.shown.fold !== undefined || undefined}
      className={classes.row}
      transform={`translate(0 ${y})`}
    >
      {panes === 2 && laid.drawn !== undefined && <Line arrow={laid.drawn} />}
      <g transform={`translate(${recordedAt} 0)`}>
        {laid.seen !== undefined && <Line arrow={laid.seen} />}
        {ghost !== undefined && (row.mark === 'missing' || panes === 1) && (
          <g className={classes.ghost}>
            <Line arrow={ghost} />
          </g>
        )}
        {sign !== undefined && <Sign text={sign} x={5} />}
      </g>
      {panes === 2 && row.pair !== undefined && row.drawn !== undefined && sign !== undefined && (
        <Sign text={sign} x={5} />
      )}
      {/* Over the picture and without a text of its own: the sentence says more than both panes' words together. */}
      {/* biome-ignore lint/a11y/useSemanticElements: HTML has no button inside an SVG. */}
      <rect
        role="button"
        tabIndex={isFocused ? 0 : -1}
        aria-label={sentenceOf(row, words)}
        aria-pressed={isChosen}
        x={1}
        y={1}
        width={paneWidth * panes - 2}
        height={ROW_HEIGHT - 2}
        rx={6}
        className={classes.ground}
      />
    </g>
  )
}

export const Row = memo(
  (props: RowProps) =>
    props.laid.shown.kind === 'fold' ? <FoldRow {...props} /> : <MessageRow {...props} />,
  (a, b) =>
    a.y === b.y &&
    a.isFocused === b.isFocused &&
    a.isChosen === b.isChosen &&
    a.isLit === b.isLit &&
    a.isNew === b.isNew &&
    a.paneWidth === b.paneWidth &&
    a.panes === b.panes &&
    a.words === b.words &&
    isSameShown(a.laid, b.laid),
)

function isSameShown(a: LaidRow, b: LaidRow): boolean {
  if (a.shown.kind === 'fold' || b.shown.kind === 'fold')
    return (
      a.shown.kind === b.shown.kind &&
      a.shown.kind === 'fold' &&
      b.shown.kind === 'fold' &&
      a.shown.count === b.shown.count &&
      a.shown.isOpen === b.shown.isOpen
    )
  const isSameArrow = (x?: Arrow, y?: Arrow): boolean =>
    x?.x1 === y?.x1 && x?.x2 === y?.x2 && x?.text === y?.text && x?.textX === y?.textX
  return (
    a.shown.row === b.shown.row &&
    a.shown.fold === b.shown.fold &&
    isSameArrow(a.drawn, b.drawn) &&
    isSameArrow(a.seen, b.seen)
  )
}
