// Input is checked against the contract before any of our code sees it. A field the contract does not know is refused, never
// dropped: a client that misspells `quantity` must hear of it, not buy one. Paths and query strings carry only text, so their
// numbers and booleans are read from it; bodies are taken as they are.

import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { holdsCardNumber } from '../crypto/card-numbers.ts'
import type { AnyRoute } from '../pure/contract.ts'
import { type FieldError, Problem } from '../pure/problem.ts'
import { kernelProblems } from './problems.ts'

const ERRORS_MAX = 16
/** JSON deeper than this is nobody's order, and walking it would end our stack instead of the request. */
const DEPTH_MAX = 64

/** JSON Schema as data, as far as it is walked here. */
interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly default?: unknown
  readonly [keyword: string]: unknown
}

const UNIONS = ['anyOf', 'oneOf'] as const

/** The same schema with every object closed that names its fields and does not say otherwise. */
export const strict = (schema: TSchema): TSchema =>
  reshape(schema as unknown as Shape, 'shut') as unknown as TSchema

/** The same schema with every closed object open: for what a newer neighbour sends. */
export const lenient = (schema: TSchema): TSchema =>
  reshape(schema as unknown as Shape, 'open') as unknown as TSchema

type Fields = 'shut' | 'open' | 'as declared'

function reshape(shape: Shape, fields: Fields): Shape {
  const copy: Record<string, unknown> = { ...shape }
  // What lies inside a field is an object of its own, also where its parent is one part of an intersection.
  const inside = fields === 'open' ? 'open' : 'shut'
  const named = Object.entries(shape.properties ?? {})
  if (shape.properties !== undefined)
    copy.properties = Object.fromEntries(
      named.map(([name, inner]) => [name, reshape(inner, inside)]),
    )
  if (shape.items !== undefined && !Array.isArray(shape.items))
    copy.items = reshape(shape.items, inside)
  for (const union of UNIONS)
    if (Array.isArray(shape[union]))
      copy[union] = (shape[union] as Shape[]).map((inner) => reshape(inner, fields))
  // The members of an intersection each know only their own fields, so the whole is closed instead of its parts.
  if (Array.isArray(shape.allOf)) {
    const members = fields === 'open' ? 'open' : 'as declared'
    copy.allOf = (shape.allOf as Shape[]).map((inner) => reshape(inner, members))
    if (fields === 'shut') copy.unevaluatedProperties ??= false
  }
  if (fields === 'shut' && named.length > 0) copy.additionalProperties ??= false
  if (fields === 'open' && copy.additionalProperties === false) delete copy.additionalProperties
  if (fields === 'open' && copy.unevaluatedProperties === false) delete copy.unevaluatedProperties
  return copy as Shape
}

const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

interface RawError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

/** What the validator says, as pointers to the offending fields. */
function fieldErrors(errors: readonly RawError[], prefix: string): FieldError[] {
  const found = new Map<string, FieldError>()
  const add = (path: string, detail: string): void => {
    const pointer = prefix + path
    if (!found.has(pointer)) found.set(pointer, { pointer, detail })
  }
  for (const { keyword, instancePath, params, message } of errors) {
    const named = params as Readonly<Record<string, readonly string[]>>
    if (keyword === 'required')
      for (const name of named.requiredProperties ?? [])
        add(`${instancePath}/${pointerPart(name)}`, 'is required')
    else if (keyword === 'boolean') add(instancePath, 'is not a known field')
    else if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties')
      for (const name of named[keyword] ?? [])
        add(`${instancePath}/${pointerPart(name)}`, 'is not a known field')
    else if (keyword === 'anyOf' || keyword === 'const') {
      const wanted = allowedValues(errors, instancePath)
      add(instancePath, wanted.length > 0 ? `must be one of: ${wanted.join(', ')}` : message)
    } else add(instancePath, message)
  }
  return [...found.values()]
}

const allowedValues = (errors: readonly RawError[], path: string): string[] =>
  errors
    .filter((e) => e.instancePath === path && e.keyword === 'const')
    .map((e) => String((e.params as { allowedValue?: unknown }).allowedValue))

const INTEGER = /^-?(0|[1-9]\d{0,15})$/
const NUMBER = /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/

/** Text to what the schema wants there; text that is not one stays text and is refused by the check. */
function fromText(value: unknown, shape: Shape | undefined): unknown {
  if (shape?.type === 'array') {
    const items = Array.isArray(value) ? value : [value]
    return items.map((item) => fromText(item, shape.items))
  }
  if (typeof value !== 'string') return value
  if (shape?.type === 'integer' && INTEGER.test(value)) return Number(value)
  if (shape?.type === 'number' && NUMBER.test(value)) return Number(value)
  if (shape?.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

function readText(schema: Shape, values: Readonly<Record<string, unknown>>): unknown {
  const known = Object.entries(schema.properties ?? {})
  const defaults = known.filter(([name, inner]) => inner.default !== undefined && !(name in values))
  return Object.fromEntries([
    ...defaults.map(([name, inner]) => [name, inner.default]),
    ...Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, fromText(value, schema.properties?.[name])]),
  ])
}

/** Why no text like this may come in, whatever its field. */
function unwelcome(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character'
  if (!text.isWellFormed()) return 'holds half a character'
  if (holdsCardNumber(text))
    return 'looks like a card number, which is entered on the page of the payment provider only'
  return undefined
}

/** What no schema says and no database takes: NUL characters, halves of surrogate pairs, card numbers, and nesting without end. */
function unstorable(value: unknown, path: string, depth = 0): FieldError | undefined {
  if (typeof value === 'string') {
    const detail = unwelcome(value)
    return detail === undefined ? undefined : { pointer: path, detail }
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > DEPTH_MAX) return { pointer: path, detail: 'is nested too deeply' }
  for (const [name, inner] of Object.entries(value)) {
    const detail = unwelcome(name)
    // The name itself is not repeated in the answer.
    if (detail !== undefined) return { pointer: path, detail }
    const found = unstorable(inner, `${path}/${pointerPart(name)}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

export interface CheckedInput {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

type Unchecked = {
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

function refusal(all: readonly FieldError[]): Problem {
  const errors = all.slice(0, ERRORS_MAX)
  const [first] = errors
  return new Problem(kernelProblems.invalid_input, {
    detail: first === undefined ? 'invalid' : `${first.pointer || 'the body'} ${first.detail}`,
    errors,
  })
}

/** Makes the check of a route's input. Throws `kernel.invalid_input` naming every wrong field. */
export function inputCheckOf(route: AnyRoute): (raw: Unchecked) => CheckedInput {
  const params = Compile(strict(route.params))
  const query = Compile(strict(route.query))
  const body = Compile(strict(route.body))
  const wantsObject = (route.body as Shape).type === 'object'
  return (raw) => {
    const input = {
      params: readText(route.params as Shape, raw.params),
      query: readText(route.query as Shape, raw.query),
      // No body at all reads as an empty one, so that the answer names the fields that are missing.
      body: raw.body === undefined && wantsObject ? {} : raw.body,
    }
    const bad =
      unstorable(input.body, '') ??
      unstorable(input.params, '/params') ??
      unstorable(input.query, '/query')
    if (bad !== undefined) throw refusal([bad])
    if (params.Check(input.params) && query.Check(input.query) && body.Check(input.body))
      return input
    throw refusal([
      ...fieldErrors(params.Errors(input.params), '/params'),
      ...fieldErrors(query.Errors(input.query), '/query'),
      ...fieldErrors(body.Errors(input.body), ''),
    ])
  }
}
