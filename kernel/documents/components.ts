// Schemas as documents print them: a schema with an `$id` becomes a named component and a reference to it, and a choice of
// literals becomes an enum. The schemas themselves are not touched, because validators were compiled from them.

import type { TSchema } from 'typebox'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `anyOf` of string literals as one enum; undefined for anything else. */
function enumOf(schema: Json): Json | undefined {
  const { anyOf, ...rest } = schema
  if (
    !Array.isArray(anyOf) ||
    !anyOf.every((c: unknown) => isObject(c) && typeof c.const === 'string')
  )
    return undefined
  return { ...rest, type: 'string', enum: anyOf.map((choice: Json) => choice.const) }
}

/** Gathers the components of one document. */
export class Components {
  readonly #reference: (id: string) => string
  readonly #found = new Map<string, { readonly from: Json; printed: Json }>()

  /** `reference` makes the text of a `$ref`. */
  constructor(reference: (id: string) => string) {
    this.#reference = reference
  }

  /** The schema as the document shows it at this place. */
  print(schema: TSchema | Json): Json {
    return this.#print(schema as Json) as Json
  }

  /** By name, in order of names. */
  entries(): [string, Json][] {
    return [...this.#found]
      .map(([id, { printed }]): [string, Json] => [id, printed])
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  #print(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#print(one))
    if (!isObject(value)) return value
    const { $id } = value
    if (typeof $id !== 'string') return this.#fields(value)
    this.#register($id, value)
    return { $ref: this.#reference($id) }
  }

  #register(id: string, schema: Json): void {
    const known = this.#found.get(id)
    if (known === undefined) {
      const entry = { from: schema, printed: {} as Json }
      this.#found.set(id, entry)
      const { $id: _id, ...rest } = schema
      entry.printed = this.#fields(rest)
      return
    }
    if (known.from !== schema && JSON.stringify(known.from) !== JSON.stringify(schema))
      throw new Error(`two different schemas are called ${id}`)
  }

  #fields(schema: Json): Json {
    const plain = enumOf(schema) ?? schema
    return Object.fromEntries(
      Object.entries(plain).map(([key, value]) => [key, this.#print(value)]),
    )
  }
}
