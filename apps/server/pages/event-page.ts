// The reference of the events, written from the AsyncAPI document: who publishes each, who handles it, what it carries.

import { escaped } from './html.ts'

interface Shape {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly description?: string
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
}

interface Message {
  readonly name: string
  readonly title: string
  readonly summary?: string
  readonly payload: Shape
  readonly bindings?: { readonly kafka?: { readonly key?: { readonly description?: string } } }
}

export interface AsyncApi {
  readonly channels: Readonly<
    Record<string, { readonly messages: Readonly<Record<string, unknown>> }>
  >
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>
    readonly schemas: Readonly<Record<string, Shape>>
  }
}

/** A type in a few words. */
function wordsOf(shape: Shape, document: AsyncApi): string {
  if (shape.$ref !== undefined) {
    const found = document.components.schemas[shape.$ref.split('/').at(-1) ?? '']
    return found === undefined ? 'object' : wordsOf(found, document)
  }
  if (shape.const !== undefined) return JSON.stringify(shape.const)
  if (shape.enum !== undefined) return shape.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (shape.anyOf !== undefined) return shape.anyOf.map((one) => wordsOf(one, document)).join(' | ')
  if (shape.type === 'array') return `${wordsOf(shape.items ?? {}, document)}[]`
  const id = /^\^([a-z]+)_/.exec(shape.pattern ?? '')?.[1]
  return id === undefined ? (shape.type ?? 'any') : `id ${id}_…`
}

function fieldsOf(payload: Shape, document: AsyncApi): string {
  const whole =
    payload.$ref === undefined
      ? payload
      : (document.components.schemas[payload.$ref.split('/').at(-1) ?? ''] ?? payload)
  const rows = Object.entries(whole.properties ?? {}).map(([name, shape]) => {
    const must = whole.required?.includes(name) === true ? 'yes' : ''
    return `<tr><td><code>${escaped(name)}</code></td><td>${escaped(wordsOf(shape, document))}</td><td>${must}</td></tr>`
  })
  return `<table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Always there</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function servicesOf(document: AsyncApi, title: string, action: 'send' | 'receive'): string[] {
  const end = `.${action}.${title}`
  return Object.keys(document.operations)
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length))
}

function messageHtml(message: Message, document: AsyncApi): string {
  const { name, title, summary, payload, bindings } = message
  const from = servicesOf(document, title, 'send').join(', ')
  const to = servicesOf(document, title, 'receive').join(', ')
  const key = bindings?.kafka?.key?.description ?? ''
  return `<h3 id="${escaped(title)}"><code>${escaped(name)}</code></h3>
<p>${escaped(summary ?? '')}</p>
<p class="soft">Published by ${escaped(from)}. ${to === '' ? 'Handled by nobody here.' : `Handled by ${escaped(to)}.`}
Key: ${escaped(key.replaceAll('`', ''))} <a href="/console/events?type=${encodeURIComponent(name)}">Those that happened</a></p>
${fieldsOf(payload, document)}`
}

export function eventPage(document: AsyncApi): string {
  const topics = Object.entries(document.channels).map(([topic, { messages }]) => {
    const inside = Object.keys(messages).flatMap((title) => {
      const message = document.components.messages[title]
      return message === undefined ? [] : [messageHtml(message, document)]
    })
    return `<h2 id="topic-${escaped(topic)}">Topic ${escaped(topic)}</h2>${inside.join('')}`
  })
  const list = Object.keys(document.components.messages)
    .map((title) => `<a href="#${escaped(title)}">${escaped(title)}</a>`)
    .join(' · ')
  return `<p>Every event is an immutable fact: ids, amounts, states. Headers are those of CloudEvents 1.0.
<a href="/asyncapi.json">AsyncAPI 3.0</a> has the same for programs.</p><p>${list}</p>${topics.join('')}`
}
