// Every route there is, and requests to it made from its contract: a good one, and the same with one thing wrong. A new route is
// attacked from its first day, without a line here.

import { gatewayRoutes } from '@rialto/contracts/gateway/http.ts'
import type { AnyRoute } from '@rialto/kernel/pure/contract.ts'
import { features as observerFeatures } from '@rialto/server/observer/http.ts'
import { services } from '@rialto/server/services.ts'
import { type Dispatcher, request } from 'undici'

export const routes: readonly AnyRoute[] = [
  ...services.flatMap((service) => service.features.map((feature) => feature.route)),
  ...observerFeatures.map((feature) => feature.route),
  ...gatewayRoutes,
]
export const offered = routes.filter((route) => route.access !== 'internal')
export const internal = routes.filter((route) => route.access === 'internal')

/** JSON Schema as data, as far as it is read here. */
export interface Shape {
  readonly type?: string
  readonly const?: unknown
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
}

/** Texts of which one fits any text field but an id of ours; the first that does is taken. */
const TEXTS = [
  'proof of the shop',
  'proof',
  'RU',
  'RUB',
  'proof@demo.rialto.example',
  'https://shop.example/back',
  '2026-11-21T12:00:00Z',
  '2026-11',
  '01a1fc8a-bd5d-7140-8ca4-b5bee0380258',
  'revenue:proof',
]
/** A public id as its pattern has it. */
const ID_PATTERN = /^\^([a-z]+_)\[0-9a-hjkmnp-tv-z\]\{26\}\$$/

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function fits(shape: Shape, text: string): boolean {
  const { pattern = '', format, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = shape
  if (format !== undefined && format !== 'uuid') throw new Error(`no text of format ${format}`)
  const isFormed = format === undefined || UUID.test(text)
  const isLong = text.length >= minLength && text.length <= maxLength
  return isFormed && isLong && new RegExp(pattern).test(text)
}

/** A value that the schema takes. Throws where none of the texts fits: one is then to be added. */
export function fitting(shape: Shape): unknown {
  if (shape.const !== undefined) return shape.const
  if (shape.anyOf !== undefined) return fitting(shape.anyOf[0] as Shape)
  if (shape.type === 'object' || shape.properties !== undefined)
    return Object.fromEntries(
      Object.entries(shape.properties ?? {}).map(([name, inner]) => [name, fitting(inner)]),
    )
  if (shape.type === 'array') return [fitting(shape.items ?? {})]
  if (shape.type === 'string') {
    const kind = ID_PATTERN.exec(shape.pattern ?? '')?.[1]
    const found = [...(kind === undefined ? TEXTS : [`${kind}${'1'.repeat(26)}`])].find((text) =>
      fits(shape, text),
    )
    if (found === undefined) throw new Error(`no text fits ${JSON.stringify(shape)}`)
    return found
  }
  return shape.type === 'boolean' ? true : 1
}

export const bodyOf = (route: AnyRoute): Record<string, unknown> =>
  fitting(route.body as Shape) as Record<string, unknown>

/** The address with parameters that fit, or with these instead. */
export function pathOf(route: AnyRoute, instead: Readonly<Record<string, string>> = {}): string {
  const known = fitting(route.params as Shape) as Record<string, string>
  return route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(instead[name] ?? known[name] ?? 'x'),
  )
}

export interface Sent {
  readonly token?: string | undefined
  readonly path?: string
  /** JSON text, or bytes of any other kind. */
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

export interface Got {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly text: string
  readonly body: Record<string, unknown>
}

/** Sends a request to a route; JSON unless its headers say otherwise. */
export async function send(url: string, route: AnyRoute, sent: Sent = {}): Promise<Got> {
  const hasBody = route.method !== 'GET'
  const response = await request(`${url}${sent.path ?? pathOf(route)}`, {
    method: route.method,
    headers: {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
      ...sent.headers,
    },
    body: hasBody ? (sent.body ?? JSON.stringify(bodyOf(route))) : null,
  })
  const text = await response.body.text()
  const isJson = String(response.headers['content-type']).includes('json')
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  }
}

/** What is wrong with a refusal, if anything: it must say what a client needs to go on, and be one that the contract declares. */
export function faultOf(route: AnyRoute, got: Got): string | undefined {
  const { code, title, action, money, trace_id, status, type } = got.body
  const texts = [code, title, action, money, trace_id, type]
  if (texts.some((text) => typeof text !== 'string' || text === ''))
    return `lacks something: ${got.text}`
  if (!String(got.headers['content-type']).startsWith('application/problem+json'))
    return `is ${String(got.headers['content-type'])}`
  if (status !== got.status) return `says ${String(status)} with status ${got.status}`
  const declared = route.problems.map((kind) => kind.code)
  if (!/^(kernel|auth)\./.test(String(code)) && !declared.includes(String(code)))
    return `answers ${String(code)}, which its contract does not declare`
  return undefined
}

/** `code` of a refusal with its status, and a fault of its form if it has one. */
export const refusalOf = (route: AnyRoute, got: Got): string =>
  [`${got.status} ${String(got.body.code)}`, faultOf(route, got)].filter(Boolean).join(': ')
