// A receipt as the buyer would find it at the operator of fiscal data. It says in both languages that nothing is real.

import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AtolError, timestampOf } from '../errors.ts'
import type { Register } from '../register.ts'
import type { DocumentRecord } from '../store.ts'

const STYLE = `
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 2rem auto; padding: 0 1rem }
.simulated { border: .25rem dashed; padding: .5rem 1rem; font-weight: 700 }
dl { display: grid; grid-template-columns: auto auto; gap: .25rem 1rem }
dd { margin: 0; text-align: end }
`
const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)

const rublesText = (minor: number): string => {
  const text = String(minor).padStart(3, '0')
  return `${text.slice(0, -2)},${text.slice(-2)} ₽`
}

interface ShownItem {
  readonly name: string
  readonly sum: number
}

function linesOf(document: DocumentRecord): (readonly [string, string])[] {
  const { receipt, totalMinor, fiscal, operation } = document
  const items = receipt.items as readonly ShownItem[]
  const kind = operation === 'sell' ? 'Приход / Sale' : 'Возврат прихода / Refund'
  const facts: (readonly [string, string])[] =
    fiscal === undefined
      ? []
      : [
          ['ФН', fiscal.fnNumber],
          ['ФД', String(fiscal.documentNumber)],
          ['ФПД', String(fiscal.attribute)],
          ['РН ККТ', fiscal.ecrRegistrationNumber],
          ['Смена / Shift', `${fiscal.shiftNumber} · ${fiscal.receiptNumber}`],
          ['Дата / Date', timestampOf(fiscal.at)],
        ]
  return [
    [kind, ''],
    ...items.map(({ name, sum }) => [name, rublesText(Math.round(sum * 100))] as const),
    ['Итого / Total', rublesText(totalMinor)],
    ...facts,
  ]
}

function pageHtml(document: DocumentRecord): string {
  const rows = linesOf(document).map(
    ([term, value]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd>`,
  )
  return `<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Чек (имитация)</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body><main>
<h1>Чек</h1><p class="simulated">Имитация: чек не фискальный / <span lang="en">Simulated: not a fiscal receipt</span></p>
<dl>${rows.join('\n')}</dl></main></body></html>`
}

export function registerPage(app: FastifyInstance, register: Register): void {
  app.get('/receipts/:uuid', (request: FastifyRequest, reply) => {
    const { uuid } = request.params as { uuid: string }
    register.settle()
    const document = register.books.documents.get(uuid)
    if (document === undefined) throw new AtolError(34, { status: 404 })
    void reply
      .header('content-security-policy', `default-src 'none'; style-src ${STYLE_HASH}`)
      .type('text/html; charset=utf-8')
      .send(pageHtml(document))
  })
}
