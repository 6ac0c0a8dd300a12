// The diagram to take away: as SVG that stands by itself, and as Mermaid text of what was recorded.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import type { DiagramWords } from '../words/words.ts'
import { type Arrow, type Layout, labelOf, ROW_HEIGHT, saidBy } from './layout.ts'
import { participantName, sentenceOf } from './sentence.ts'
import { isDifferent } from './shown.ts'

// Mermaid ends a statement at `;` and starts an entity at `#`.
const plain = (text: string): string => text.replaceAll(/[;#\n]/g, ' ')

const ARROWS: Readonly<Record<string, string>> = {
  call: '->>',
  reply: '-->>',
  publish: '-)',
  consume: '-)',
  step: '->>',
}

/** What was recorded, with a note on every row that differs. */
export function mermaidOf(rows: readonly AlignedRow[], words: DiagramWords): string {
  const seen = [...new Set(rows.flatMap((r) => (r.seen ? [r.seen.from, r.seen.to] : [])))]
  const lines = rows.flatMap((row): string[] => {
    const said = saidBy(row, 'seen')
    const ghost = said ?? saidBy(row, 'drawn')
    if (ghost === undefined) return []
    const note = `  Note over ${ghost.from}: ${plain(sentenceOf(row, words))}`
    if (said === undefined) return row.mark === 'missing' && seen.includes(ghost.from) ? [note] : []
    const arrow = `  ${said.from}${ARROWS[said.kind] ?? '->>'}${said.to}: ${plain(labelOf(said, row.ids.length))}`
    return isDifferent(row) ? [arrow, note] : [arrow]
  })
  const heads = seen.map((id) => `  participant ${id} as ${plain(participantName(id, words))}`)
  return ['sequenceDiagram', ...heads, ...lines].join('\n')
}

const safe = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const DASHES: Readonly<Record<Arrow['stroke'], string>> = {
  call: '',
  rpc: '',
  reply: ' stroke-dasharray="2 3"',
  event: ' stroke-dasharray="6 4"',
  webhook: ' stroke-dasharray="1 4"',
  step: '',
}

function arrowSvg(arrow: Arrow, y: number, colour: string): string {
  const { x1, x2, text, textX, anchor, stroke } = arrow
  const middle = y + 22
  const words = `<text x="${textX}" y="${stroke === 'step' ? middle + 4 : y + 15}" text-anchor="${anchor}" fill="${colour}">${safe(text)}</text>`
  if (stroke === 'step')
    return `<rect x="${x1 - 6}" y="${middle - 6}" width="12" height="12" rx="3" fill="none" stroke="${colour}"/>${words}`
  const tip = x2 > x1 ? -7 : 7
  return `<path d="M${x1} ${middle}H${x2}M${x2 + tip} ${middle - 4}L${x2} ${middle}L${x2 + tip} ${middle + 4}" fill="none" stroke="${colour}"${DASHES[stroke]}/>${words}`
}

const INK = '#1a2226'
const SOFT = '#6b7479'
const BAD = '#a8231c'

/** Black on white, so that it prints; what differs is red and has its words beside it. */
export function svgOf(layout: Layout, words: DiagramWords, title: string): string {
  const { paneWidth, panes, width, height, lanes, rows } = layout
  const top = 70
  const sides = panes === 2 ? (['drawn', 'seen'] as const) : (['seen'] as const)
  const panesSvg = sides.map((side, n) => {
    const heads = lanes.map(
      ({ id, x }, lane) =>
        `<text x="${x}" y="${lane % 2 === 0 ? top - 22 : top - 8}" text-anchor="middle" fill="${INK}">${safe(participantName(id, words))}</text><path d="M${x} ${top}V${top + height}" stroke="#cfcabd"/>`,
    )
    const arrows = rows.flatMap((laid): string[] => {
      if (laid.shown.kind === 'fold')
        return [
          `<text x="${lanes[0]?.x ?? 40}" y="${top + laid.y + 20}" fill="${SOFT}">⋯ ${laid.shown.count}</text>`,
        ]
      const arrow = laid[side]
      const { row } = laid.shown
      const colour = isDifferent(row) ? BAD : row.mark === 'awaited' ? SOFT : INK
      return arrow === undefined ? [] : [arrowSvg(arrow, top + laid.y, colour)]
    })
    const name = side === 'drawn' ? words.ui.drawn : words.ui.recorded
    return `<g transform="translate(${n * paneWidth} 0)"><text x="12" y="24" font-weight="600" fill="${INK}">${safe(name)}</text>${heads.join('')}${arrows.join('')}</g>`
  })
  const total = top + height + ROW_HEIGHT
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" font-family="system-ui, sans-serif" font-size="11"><title>${safe(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>${panesSvg.join('')}</svg>`
}
