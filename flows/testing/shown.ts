// How a test says that it has shown items of the checklist: by the verdict of a conforming run, or by ids after asserting on
// state. Lines go to the file that SPEC_SHOWN names; without it nothing is written and everything is still checked.

import { appendFileSync } from 'node:fs'
import type { Verdict } from '../checker/verdict.ts'
import { checklist } from '../checklist.ts'

const known = new Set(checklist.map((item) => item.id))

/** Answers the ids. Throws for a run that does not conform and for an id that is not in the checklist. */
export function showItems(
  what: Verdict | readonly string[],
  test: string,
  run: string,
): readonly string[] {
  if ('verdict' in what && what.verdict !== 'conforms')
    throw new Error(`${test}: the run ${run} ${what.verdict}, so it shows nothing`)
  const ids = 'verdict' in what ? what.items : what
  const foreign = ids.filter((id) => !known.has(id))
  if (foreign.length > 0) throw new Error(`${test}: not in the checklist: ${foreign.join(', ')}`)
  const file = process.env.SPEC_SHOWN
  if (file !== undefined && ids.length > 0)
    appendFileSync(file, ids.map((id) => `${JSON.stringify({ id, test, run })}\n`).join(''))
  return ids
}
