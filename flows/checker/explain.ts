// A verdict as text, for a failing test and for the command line.

import type { Diagram } from '../language.ts'
import { messagesOf } from '../language.ts'
import { wordsOf } from '../mermaid.ts'
import type { Deviation, Verdict } from './verdict.ts'

const MARKS: Readonly<Record<Deviation['type'], string>> = {
  missing: '-',
  extra: '+',
  wrong_order: '↕',
  wrong_branch: '⑂',
  wrong_count: '#',
  late: '~',
  forbidden: '!',
  wrong_payload: '≠',
  not_judged: '?',
}

const summary = (verdict: Verdict): string => {
  const branches = Object.entries(verdict.branches).map(([alt, branch]) => `${alt}: ${branch}`)
  const taken = branches.length === 0 ? '' : ` (${branches.join(', ')})`
  return `${verdict.diagram} ${verdict.verdict}: ${verdict.seen} of ${verdict.required} required${taken}`
}

const tell = (deviation: Deviation): string => {
  const at = deviation.interaction === undefined ? '' : ` [${deviation.interaction}]`
  return `    ${MARKS[deviation.type]} ${deviation.type}: ${deviation.text}${at}`
}

/** All messages of the diagram in drawing order, what was seen of each, and below each what is wrong with it. */
export function explain(diagram: Diagram, verdict: Verdict): string {
  const byMessage = Map.groupBy(verdict.deviations, (deviation) => deviation.message ?? '')
  const rows = messagesOf(diagram.body).flatMap((message) => {
    const seen = verdict.matched[message.id]?.length ?? 0
    const wrong = byMessage.get(message.id) ?? []
    const owed = verdict.waiting.includes(message.id)
    if (seen === 0 && wrong.length === 0 && !owed) return []
    const mark = seen > 0 ? '✓' : owed && wrong.length === 0 ? '…' : ' '
    const times = seen > 1 ? ` ×${seen}` : ''
    return [`  ${mark} ${wordsOf(message)}${times}`, ...wrong.map(tell)]
  })
  const loose = (byMessage.get('') ?? []).map(tell)
  return [summary(verdict), ...rows, ...loose].join('\n')
}
