// How bodies are read: JSON and nothing else, except for webhooks, whose bytes are what is signed and whose content type is
// whatever the provider sends. A JSON text that would set a prototype is malformed.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../pure/problem.ts'
import { kernelProblems } from '../service/problems.ts'

export interface ParsedBody {
  /** Parsed JSON; of a webhook that is not JSON, its text. */
  readonly value: unknown
  readonly raw?: Uint8Array
}

type Parse = (request: FastifyRequest, text: string) => unknown

function jsonParserOf(app: FastifyInstance): Parse {
  const parse = app.getDefaultJsonParser('error', 'error')
  return (request, text) => {
    if (text === '') return undefined
    let value: unknown
    let failed: Error | null = null
    void parse(request, text, (error, parsed) => {
      failed = error
      value = parsed
    })
    if (failed !== null) throw new Problem(kernelProblems.malformed_json, { cause: failed })
    return value
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new Problem(kernelProblems.malformed_json, { detail: 'The body is not UTF-8', cause })
  }
}

/** Takes JSON. */
export function parseBodies(app: FastifyInstance): void {
  const json = jsonParserOf(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer): Promise<ParsedBody> => ({
      value: json(request, textOf(bytes)),
    }),
  )
}

/** Takes anything and keeps its bytes. */
export function parseRawBodies(app: FastifyInstance): void {
  const json = jsonParserOf(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, raw: Buffer): Promise<ParsedBody> => {
      const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '')
      return { value: isJson ? json(request, textOf(raw)) : raw.toString(), raw }
    },
  )
}
