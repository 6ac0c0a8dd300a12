import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import type { Verdict as CheckerVerdict } from '@rialto/flows/checker/verdict.ts'
import classes from './diagram.module.css'
import { signOf } from './picture/arrows.tsx'
import { sentenceOf } from './pure/sentence.ts'
import type { DiagramWords } from './words/words.ts'

const SIGNS = { conforms: '✓', running: '…', deviates: '≠', inconclusive: '?' } as const

/** The word, the sign and the colour say the same. */
export function VerdictBadge({
  verdict,
  words,
}: {
  readonly verdict: CheckerVerdict['verdict']
  readonly words: DiagramWords
}) {
  return (
    <span className={classes.badge} data-verdict={verdict}>
      <span aria-hidden="true">{SIGNS[verdict]}</span> {words.verdict[verdict]}
    </span>
  )
}

export function Verdict({
  verdict,
  words,
}: {
  readonly verdict: CheckerVerdict
  readonly words: DiagramWords
}) {
  const { seen, required, deviations, branches } = verdict
  const names = Object.entries(branches).map(([alt, branch]) => `${alt}: ${branch}`)
  return (
    <div className={classes.verdict} role="status">
      <VerdictBadge verdict={verdict.verdict} words={words} />
      <p className={classes.told}>
        {words.sentence({
          verdict: verdict.verdict,
          seen,
          required,
          deviations: deviations.length,
        })}{' '}
        {names.length > 0 && <span className={classes.soft}>{words.branches(names)}</span>}
      </p>
    </div>
  )
}

export interface DifferencesProps {
  readonly rows: readonly AlignedRow[]
  readonly words: DiagramWords
  readonly lit: string | undefined
  readonly onLight: (id: string | undefined) => void
  readonly onOpen: (id: string) => void
}

/** Every difference in words; pressing one opens its message. */
export function Differences({ rows, words, lit, onLight, onOpen }: DifferencesProps) {
  const told = rows.filter((row) => row.deviations.length > 0)
  if (told.length === 0) return null
  return (
    <div className={classes.differences}>
      <h2 className={classes.smallTitle}>{words.ui.differencesTitle}</h2>
      <ul>
        {told.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              data-lit={row.id === lit || undefined}
              onClick={() => onOpen(row.id)}
              onPointerEnter={() => onLight(row.id)}
              onPointerLeave={() => onLight(undefined)}
            >
              <span className={classes.sign} aria-hidden="true">
                {signOf(row)}
              </span>
              {sentenceOf(row, words)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
