// AsyncAPI 3.0 of the bus from the same definitions that check events when they are published and read: a topic is a
// channel, a message is one version of one event, an operation says which service sends or receives it.

import type { AnyEvent } from '../pure/contract.ts'
import { Components } from './components.ts'

export interface AsyncApiInput {
  readonly events: readonly AnyEvent[]
  /** Services (or consumer groups) by event type. */
  readonly subscribers: ReadonlyMap<string, readonly string[]>
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
}

type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' } as const

/** CloudEvents 1.0 in Kafka's binary mode: attributes as headers, the data alone as the value. */
const HEADERS = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_subject',
    'ce_time',
    'ce_correlationid',
  ],
  properties: {
    ce_specversion: { ...text, const: '1.0' },
    ce_id: { ...text, description: 'UUIDv7, unique for ever; the key of the inbox.' },
    ce_type: text,
    ce_source: { ...text, description: 'Publishing service.' },
    ce_subject: { ...text, description: 'Partition key: the id of the aggregate.' },
    ce_time: { ...text, format: 'date-time', description: 'When the fact became true.' },
    ce_dataversion: { ...text, description: 'Schema version; additive change keeps it.' },
    ce_correlationid: { ...text, description: 'Shared by everything one outside request set off.' },
    ce_causationid: { ...text, description: 'Interaction or event that caused this one.' },
    ce_flow: {
      ...text,
      description: 'Key of the living diagram it belongs to, such as an order id.',
    },
    traceparent: { ...text, description: 'W3C trace context.' },
    'content-type': { ...text, const: 'application/json' },
  },
} as const

/** Name of one version of one event, unique in the document. */
const nameOf = (event: AnyEvent): string =>
  event.version === 1 ? event.type : `${event.type}-${event.version}`

const refTo = (...path: string[]): Json => ({ $ref: `#/${path.join('/')}` })

function messageOf(event: AnyEvent, components: Components): Json {
  return {
    name: event.type,
    title: nameOf(event),
    summary: event.summary,
    contentType: 'application/json',
    headers: refTo('components', 'schemas', 'CloudEventHeaders'),
    payload: components.print(event.data),
    correlationId: { location: '$message.header#/ce_correlationid' },
    tags: [{ name: event.source }],
    bindings: {
      kafka: { key: { type: 'string', description: `\`${event.key}\` of the data.` } },
    },
  }
}

const operation = (
  action: 'send' | 'receive',
  service: string,
  event: AnyEvent,
): [string, Json] => [
  `${service}.${action}.${nameOf(event)}`,
  {
    action,
    channel: refTo('channels', event.topic),
    summary: `${service} ${action === 'send' ? 'publishes' : 'handles'} ${event.type}`,
    tags: [{ name: service }],
    messages: [refTo('channels', event.topic, 'messages', nameOf(event))],
  },
]

function channelsOf(events: readonly AnyEvent[]): Json {
  const topics = [...new Set(events.map((event) => event.topic))].sort()
  const channels = topics.map((topic) => {
    const here = events.filter((event) => event.topic === topic)
    const messages = here.map((event) => [
      nameOf(event),
      refTo('components', 'messages', nameOf(event)),
    ])
    return [topic, { address: topic, messages: Object.fromEntries(messages) }]
  })
  return Object.fromEntries(channels)
}

function operationsOf({ events, subscribers }: AsyncApiInput): Json {
  const all = events.flatMap((event) => [
    operation('send', event.source, event),
    ...(subscribers.get(event.type) ?? []).map((service) => operation('receive', service, event)),
  ])
  return Object.fromEntries(all)
}

/** Names are part of references; AsyncAPI allows these characters in them. */
function checkNames(events: readonly AnyEvent[], subscribers: AsyncApiInput['subscribers']): void {
  const names = events.map(nameOf)
  const types = new Set(events.map((event) => event.type))
  for (const [n, name] of names.entries())
    if (names.indexOf(name) !== n) throw new Error(`two events are called ${name}`)
  for (const name of [...names, ...events.map((event) => event.topic)])
    if (!/^[\w.-]+$/.test(name)) throw new Error(`"${name}" cannot be a name in AsyncAPI`)
  for (const type of subscribers.keys())
    if (!types.has(type)) throw new Error(`${type} has subscribers and no definition`)
}

/** The document of these events. */
export function asyncApiDocument(input: AsyncApiInput): Json {
  checkNames(input.events, input.subscribers)
  const events = input.events.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const components = new Components((id) => `#/components/schemas/${id}`)
  const messages = events.map((event) => [nameOf(event), messageOf(event, components)])
  const document = {
    asyncapi: '3.0.0',
    info: input.info,
    defaultContentType: 'application/json',
    channels: channelsOf(events),
    operations: operationsOf({ ...input, events }),
    components: {
      messages: Object.fromEntries(messages),
      schemas: { CloudEventHeaders: HEADERS, ...Object.fromEntries(components.entries()) },
    },
  }
  // Through JSON once, so that what is compared, served and written is the same plain text.
  return JSON.parse(JSON.stringify(document))
}
