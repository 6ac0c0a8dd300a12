// A diagram as Mermaid text, so that the page in docs/ and the checker read one source.

import type { Block, Diagram, Message, Participant } from './language.ts'

const ARROWS = {
  call: '->>',
  reply: '-->>',
  publish: '-->>',
  consume: '-->>',
  step: '->>',
} as const
const VERBS = { call: '', reply: '', publish: 'publish ', consume: 'consume ', step: '' } as const

export const nameOf = (m: Message): string =>
  'name' in m.match ? m.match.name : m.match.pattern.source.replaceAll(/[\\^$]/g, '')

/** What people read for a message, such as `P.07 OrderSvc→KafkaBus publish order.created`. */
export const wordsOf = (m: Message): string =>
  m.kind === 'step'
    ? `${m.id} ${m.from}: ${nameOf(m)}`
    : `${m.id} ${m.from}→${m.to} ${m.kind} ${nameOf(m)}`

// Mermaid ends a statement at `;` and starts an entity at `#`.
const plain = (text: string): string => text.replaceAll(/[;#]/g, ' ')

function line(m: Message): string {
  const outcome = typeof m.match.outcome === 'string' ? ` ${m.match.outcome}` : ''
  const text = plain(`${m.id} ${VERBS[m.kind]}${nameOf(m)}${outcome}`)
  return `${m.from}${ARROWS[m.kind]}${m.to}: ${text}`
}

function group(
  head: string,
  bodies: readonly (readonly [string, Block])[],
  indent: string,
): string[] {
  const [first, ...others] = bodies
  if (first === undefined) return []
  const divider = head === 'par' ? 'and' : 'else'
  return [
    `${indent}${head} ${plain(first[0])}`,
    ...lines(first[1], `${indent}  `),
    ...others.flatMap(([words, body]) => [
      `${indent}${divider} ${plain(words)}`,
      ...lines(body, `${indent}  `),
    ]),
    `${indent}end`,
  ]
}

function lines(block: Block, indent: string): string[] {
  switch (block.block) {
    case 'message':
      return [`${indent}${line(block)}`]
    case 'seq':
      return block.parts.flatMap((part) => lines(part, indent))
    case 'par':
      return group(
        'par',
        block.parts.map((part) => ['', part] as const),
        indent,
      )
    case 'alt':
      return group(
        'alt',
        block.branches.map((b) => [
          b.when === undefined ? b.name : `${b.name}: ${b.when.words}`,
          b.body,
        ]),
        indent,
      )
    case 'opt':
      return group('opt', [[block.words, block.body]], indent)
    case 'loop':
      return group('loop', [[block.words, block.body]], indent)
  }
}

const declare = (p: Participant): string =>
  `  ${p.kind === 'person' ? 'actor' : 'participant'} ${p.id} as ${plain(p.label)}`

export function toMermaid(d: Diagram): string {
  return ['sequenceDiagram', ...d.participants.map(declare), ...lines(d.body, '  ')]
    .map((text) => text.trimEnd())
    .join('\n')
}
