// The participants' heads, which stay in sight while the rows go by. Each has the sign of its kind; where lanes are too narrow
// for names side by side, the names are turned.

import type { Lane, Layout } from '../pure/layout.ts'
import { participantName } from '../pure/sentence.ts'
import type { DiagramWords } from '../words/words.ts'
import classes from './canvas.module.css'

const KINDS: Readonly<Record<Lane['kind'], string>> = {
  person: 'M0 -6a3 3 0 1 0 .01 0zM-6 6c1-5 11-5 12 0',
  app: 'M-6 -5H6V5H-6zM-6 -2H6',
  service: 'M-6 0L-3 -5.500H3L6 0L3 5.500H-3z',
  broker: 'M-6 -5H6M-6 0H6M-6 5H6',
  outside: 'M0 -6a6 6 0 1 0 .01 0zM-6 0H6M0 -6c4 3 4 9 0 12c-4 -3 -4 -9 0 -12',
}

function Head({ lane, layout, words }: { lane: Lane; layout: Layout; words: DiagramWords }) {
  const { headHeight, areNamesTurned } = layout
  const name = participantName(lane.id, words)
  return (
    <g transform={`translate(${lane.x} ${headHeight - 12})`} data-kind={lane.kind}>
      <path d={KINDS[lane.kind]} className={classes.kind} />
      {areNamesTurned ? (
        <text className={classes.name} transform="translate(4 -12) rotate(-58)">
          {name}
        </text>
      ) : (
        <text className={classes.name} y={-14} textAnchor="middle">
          {name}
        </text>
      )}
    </g>
  )
}

export function Heads({ layout, words }: { layout: Layout; words: DiagramWords }) {
  const { width, headHeight, paneWidth, panes, lanes } = layout
  const sides = panes === 2 ? [words.ui.drawn, words.ui.recorded] : [words.ui.recorded]
  return (
    <div className={classes.heads}>
      <div className={classes.sides} aria-hidden="true">
        {sides.map((side) => (
          <span key={side} className={classes.side}>
            {side}
          </span>
        ))}
      </div>
      <svg width={width} height={headHeight} aria-hidden="true" focusable="false">
        {sides.map((side, n) => (
          <g key={side} transform={`translate(${n * paneWidth} 0)`}>
            {lanes.map((lane) => (
              <Head key={lane.id} lane={lane} layout={layout} words={words} />
            ))}
          </g>
        ))}
      </svg>
    </div>
  )
}
