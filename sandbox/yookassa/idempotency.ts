// Idempotence-Key: a key is remembered for 24 h from its first request. The same body gets the first answer again, also
// while the first is still running; another body is refused. A refused or failed request leaves its key free, because it
// had no effect that a repeat could double.

import { createHash } from 'node:crypto'
import { DAY } from '@rialto/kernel/pure/time.ts'
import type { Decision } from './engine/desk.ts'
import { invalid } from './errors.ts'
import type { Books, Change, JsonObject } from './store.ts'

const REMEMBERED_MS = DAY
const MAX_KEY_LENGTH = 64
const PARAMETER = 'Idempotence-Key'

export interface KeyedRequest {
  readonly key: string
  readonly fingerprint: string
}

export interface Run {
  /** Awaited before the effect; everything after it happens in one go. */
  readonly before: () => Promise<void>
  readonly decide: () => Decision
}

export interface IdempotencyParts {
  readonly books: Books
  now(): number
  /** Decides and commits together with the change that `also` makes of the answer. */
  perform(decide: () => Decision, also: (answer: JsonObject) => readonly Change[]): JsonObject
}

/** JSON text with sorted names, so that the order of fields does not make another request. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, v]) => `${JSON.stringify(name)}:${canonical(v)}`).join(',')}}`
}

/** Reads the mandatory header and what the request asks for. */
export function keyedRequest(header: unknown, target: string, body: unknown): KeyedRequest {
  if (typeof header !== 'string' || header === '')
    throw invalid(PARAMETER, 'Idempotence key is required')
  if (header.length > MAX_KEY_LENGTH)
    throw invalid(PARAMETER, `Idempotence key is longer than ${MAX_KEY_LENGTH} characters`)
  const text = `${target}\n${canonical(body)}`
  return { key: header, fingerprint: createHash('sha256').update(text).digest('base64url') }
}

function check(request: KeyedRequest, known: { readonly fingerprint: string }): void {
  if (known.fingerprint !== request.fingerprint)
    throw invalid(PARAMETER, 'Idempotence key duplicated')
}

export class Idempotency {
  readonly #parts: IdempotencyParts
  readonly #running = new Map<string, { fingerprint: string; answer: Promise<JsonObject> }>()

  constructor(parts: IdempotencyParts) {
    this.#parts = parts
  }

  async once(request: KeyedRequest, run: Run): Promise<JsonObject> {
    const known = this.#parts.books.keys.get(request.key)
    if (known !== undefined && known.at + REMEMBERED_MS > this.#parts.now()) {
      check(request, known)
      return known.answer
    }
    const running = this.#running.get(request.key)
    if (running !== undefined) {
      check(request, running)
      return running.answer
    }
    const answer = this.#run(request, run)
    this.#running.set(request.key, { fingerprint: request.fingerprint, answer })
    try {
      return await answer
    } finally {
      this.#running.delete(request.key)
    }
  }

  async #run(request: KeyedRequest, run: Run): Promise<JsonObject> {
    const at = this.#parts.now()
    await run.before()
    return this.#parts.perform(run.decide, (answer) => [
      ...this.#forgotten(),
      ['key', { ...request, at, answer }],
    ])
  }

  /** Keys are kept in order of their first request, so the outdated ones stand in front. */
  #forgotten(): Change[] {
    const changes: Change[] = []
    const before = this.#parts.now() - REMEMBERED_MS
    for (const known of this.#parts.books.keys.values()) {
      if (known.at > before) break
      changes.push(['key_forgotten', known.key])
    }
    return changes
  }
}
