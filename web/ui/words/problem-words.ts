import type { ProblemBody } from '@rialto/kernel/pure/problem.ts'
import type { Language } from './language.ts'
import { problemsEn } from './problems-en.ts'
import { problemsRu } from './problems-ru.ts'

export interface ProblemWords {
  readonly what: string
  readonly now: string
}

/** A problem in the reader's language; one whose code has no words in it is shown as it came, for that is better than silence. */
export function wordsOf(
  problem: Pick<ProblemBody, 'code' | 'title' | 'action'>,
  language: Language,
): ProblemWords {
  const known = (language === 'ru' ? problemsRu : problemsEn)[problem.code]
  if (known !== undefined) return { what: known[0], now: known[1] }
  return { what: problem.title, now: problem.action }
}
