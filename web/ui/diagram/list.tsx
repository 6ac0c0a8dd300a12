// The same rows as sentences, one below the other: the view of a phone, and of whoever would rather read than look.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import classes from './diagram.module.css'
import { signOf } from './picture/arrows.tsx'
import { sentenceOf } from './pure/sentence.ts'
import { isDifferent, type Shown } from './pure/shown.ts'
import type { DiagramWords } from './words/words.ts'

export interface ListProps {
  readonly shown: readonly Shown[]
  readonly words: DiagramWords
  readonly chosen: string | undefined
  readonly lit: string | undefined
  readonly startMs: number
  readonly onLight: (id: string | undefined) => void
  readonly onOpen: (id: string) => void
}

function Entry({ row, props }: { readonly row: AlignedRow; readonly props: ListProps }) {
  const { words, chosen, lit, startMs, onLight, onOpen } = props
  const sign = signOf(row)
  const mark = row.deviations[0]?.type ?? row.mark
  return (
    <button
      type="button"
      className={classes.entry}
      aria-pressed={row.id === chosen}
      data-lit={row.id === lit || undefined}
      data-differs={isDifferent(row) || undefined}
      data-mark={row.mark}
      onClick={() => onOpen(row.id)}
      onPointerEnter={() => onLight(row.id)}
      onPointerLeave={() => onLight(undefined)}
    >
      <span className={classes.passed}>
        {row.seen === undefined ? '—' : words.passed(row.seen.at - startMs)}
      </span>
      <span className={classes.sentence}>{sentenceOf(row, words)}</span>
      <span className={classes.mark}>
        {sign === undefined ? '' : `${sign} `}
        {words.marks[mark]}
      </span>
    </button>
  )
}

export function List(props: ListProps) {
  const { shown, words, onOpen } = props
  return (
    <ol className={classes.list} aria-label={words.ui.title}>
      {shown.map((one) => (
        <li key={one.id}>
          {one.kind === 'row' ? (
            <Entry row={one.row} props={props} />
          ) : (
            <button
              type="button"
              className={classes.foldEntry}
              aria-expanded={one.isOpen}
              onClick={() => onOpen(one.id)}
            >
              {one.isOpen ? words.unfolded(one.count) : words.folded(one.count)}
            </button>
          )}
        </li>
      ))}
    </ol>
  )
}
