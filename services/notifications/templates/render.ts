// Writes a letter as HTML and as plain text. Facts are foreign text (a title may hold a script): in HTML every one of them is
// escaped where it is put in, and nothing else is ever taken for markup.

import type { Block, Fact, Facts, Letter, Locale, Row, Template } from './letter.ts'
import { factText } from './words.ts'

export interface Written {
  readonly subject: string
  readonly html: string
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)

/** The words with their facts; undefined when one of those is missing. */
function fill(words: string, facts: Facts | Row, locale: Locale): string | undefined {
  let whole = true
  const text = words.replace(/\{(\w+)\}/g, (_, name: string) => {
    const fact = facts[name] as Fact | readonly Row[] | undefined
    if (fact === undefined || Array.isArray(fact)) {
      whole = false
      return ''
    }
    return factText(fact as Fact, locale)
  })
  return whole ? text : undefined
}

/** A block whose facts are in place. */
type Filled =
  | { readonly kind: 'paragraph'; readonly text: string }
  | {
      readonly kind: 'table'
      readonly rows: readonly (readonly [string, string])[]
      readonly named: boolean
    }
  | { readonly kind: 'link'; readonly text: string; readonly to: string }

function pairs(
  rows: readonly (readonly [string | undefined, string | undefined])[],
): (readonly [string, string])[] {
  return rows.flatMap(([left, right]) =>
    left === undefined || right === undefined ? [] : [[left, right] as const],
  )
}

function fillBlock(block: Block, facts: Facts, locale: Locale): Filled | undefined {
  if (typeof block === 'string') {
    const text = fill(block, facts, locale)
    return text === undefined ? undefined : { kind: 'paragraph', text }
  }
  if ('link' in block) {
    const to = fill(block.to, facts, locale)
    // An address comes from a fact: only one that a browser opens as a page becomes a link.
    return to === undefined || !/^https?:\/\//.test(to)
      ? undefined
      : { kind: 'link', text: block.link, to }
  }
  if ('named' in block) {
    const rows = pairs(block.named.map(([name, value]) => [name, fill(value, facts, locale)]))
    return rows.length === 0 ? undefined : { kind: 'table', rows, named: true }
  }
  const list = facts[block.each]
  if (!Array.isArray(list) || list.length === 0) return undefined
  const rows = pairs(
    (list as readonly Row[]).map((row) => [
      fill(block.left, row, locale),
      fill(block.right, row, locale),
    ]),
  )
  return { kind: 'table', rows, named: false }
}

function blockHtml(block: Filled): string {
  if (block.kind === 'paragraph') return `<p>${escapeHtml(block.text)}</p>`
  if (block.kind === 'link')
    return `<p><a href="${escapeHtml(block.to)}">${escapeHtml(block.text)}</a></p>`
  const rows = block.rows.map(
    ([left, right]) =>
      `<tr><th scope="row">${escapeHtml(left)}</th><td${block.named ? '' : ' class="sum"'}>${escapeHtml(right)}</td></tr>`,
  )
  return `<table>${rows.join('')}</table>`
}

function blockText(block: Filled): string {
  if (block.kind === 'paragraph') return block.text
  if (block.kind === 'link') return `${block.text}: ${block.to}`
  return block.rows.map(([left, right]) => `${left}: ${right}`).join('\n')
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:0 auto;padding:1em}
h1{font-size:1.4em}
table{border-collapse:collapse;width:100%}
th,td{padding:.3em .6em .3em 0;text-align:left;font-weight:400;vertical-align:top;overflow-wrap:anywhere}
td{font-weight:600}
.sum{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
footer{margin-top:2em;font-size:.85em}`

const FOOTER: Readonly<Record<Locale, string>> = {
  ru: 'Это письмо написано автоматически, отвечать на него не нужно. Rialto',
  en: 'This message was written automatically; there is no need to answer it. Rialto',
}
const GREETING: Readonly<Record<Locale, string>> = {
  ru: 'Здравствуйте, {name}!',
  en: 'Hello {name},',
}

/** Subject and preview stand on one line wherever they are shown. */
const line = (words: string, facts: Facts, locale: Locale): string =>
  (fill(words, facts, locale) ?? '').replace(/\s+/g, ' ').trim()

/** The letter as mail. `name` is the person's. */
export function writeLetter(
  template: Template,
  facts: Facts,
  to: { readonly locale: Locale; readonly name: string },
): Written {
  const { locale, name } = to
  const letter: Letter = template[locale]
  const subject = line(letter.subject, facts, locale)
  const blocks = [GREETING[locale], ...letter.blocks].flatMap((block) => {
    const filled = fillBlock(block, { ...facts, name }, locale)
    return filled === undefined ? [] : [filled]
  })
  const html = `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title><style>${STYLE}</style></head>
<body>
<h1>${escapeHtml(subject)}</h1>
${blocks.map(blockHtml).join('\n')}
<footer>${FOOTER[locale]}</footer>
</body>
</html>
`
  const text = `${blocks.map(blockText).join('\n\n')}\n\n-- \n${FOOTER[locale]}\n`
  return { subject, html, text }
}

/** The letter as one line, for lists and for push. */
export const writeShort = (
  words: Pick<Letter, 'subject' | 'short'>,
  facts: Facts,
  locale: Locale,
): { title: string; text: string } => ({
  title: line(words.subject, facts, locale),
  text: line(words.short, facts, locale),
})
