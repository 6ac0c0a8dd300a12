// A row in one sentence: for the list, for whoever hears the diagram instead of seeing it, and for the list of differences.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import type { DiagramWords } from '../words/words.ts'
import { saidBy } from './layout.ts'

export const participantName = (id: string, words: DiagramWords): string =>
  words.participants[id] ?? id

/** The message alone, such as `Orders publishes order.created`. */
export function messageText(row: AlignedRow, words: DiagramWords): string {
  const said = saidBy(row, row.seen === undefined ? 'drawn' : 'seen')
  if (said === undefined) return ''
  const { from, to } = said
  return words.say({
    ...said,
    from: participantName(from, words),
    to: participantName(to, words),
  })
}

/** What is wrong with a row, a sentence each. */
export const differenceTexts = (row: AlignedRow, words: DiagramWords): string[] =>
  row.deviations.map(({ type }) => words.differs[type](messageText(row, words)))

/** Everything about a row. */
export function sentenceOf(row: AlignedRow, words: DiagramWords): string {
  const item = row.drawn?.items[0]
  const prefix = item === undefined ? '' : `${item}: `
  if (row.deviations.length > 0) return prefix + differenceTexts(row, words).join(' ')
  const remarks = [
    ...(row.mark === 'awaited' ? [words.awaited] : []),
    ...(row.mark === 'added' ? [words.added] : []),
    ...(row.mark === 'repeat' ? [words.repeat] : []),
    ...(row.ids.length > 1 ? [words.times(row.ids.length)] : []),
  ]
  const remark = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`
  return `${prefix}${messageText(row, words)}${remark}.`
}
