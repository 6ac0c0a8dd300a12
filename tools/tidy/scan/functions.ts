// Finds functions with their length and number of parameters. Node's own type stripping blanks the types in place, so what is
// left is JavaScript on the same lines, in which a function is `… => body` or `name(…) {` and nothing else.

import { stripTypeScriptTypes } from 'node:module'
import { lex, lineAt } from './source.ts'

export interface FunctionFound {
  readonly name: string
  readonly line: number
  readonly lines: number
  readonly parameters: number
}

const OPEN = '([{'
const CLOSE = ')]}'
const NOT_FUNCTIONS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])

function closing(code: string, open: number): number {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    if (OPEN.includes(code[at] as string)) depth += 1
    else if (CLOSE.includes(code[at] as string) && --depth === 0) return at
  }
  return code.length
}

function opening(code: string, close: number): number {
  let depth = 0
  for (let at = close; at >= 0; at--) {
    if (CLOSE.includes(code[at] as string)) depth += 1
    else if (OPEN.includes(code[at] as string) && --depth === 0) return at
  }
  return 0
}

/** Commas at the top level separate parameters; a trailing one does not. */
function countParameters(list: string): number {
  let depth = 0
  let parts = 0
  let some = false
  for (const here of list) {
    if (OPEN.includes(here)) depth += 1
    if (CLOSE.includes(here)) depth -= 1
    if (here === ',' && depth === 0) {
      parts += some ? 1 : 0
      some = false
    } else if (!/\s/.test(here)) some = true
  }
  return parts + (some ? 1 : 0)
}

function lastCode(code: string, before: number): number {
  let at = before - 1
  while (at >= 0 && /\s/.test(code[at] as string)) at -= 1
  return at
}

interface Span {
  readonly start: number
  readonly end: number
  readonly parameters: string
}

function arrowAt(code: string, arrow: number): Span {
  const last = lastCode(code, arrow)
  const start =
    code[last] === ')'
      ? opening(code, last)
      : last - (/[\w$]+$/.exec(code.slice(0, last + 1))?.[0].length ?? 1) + 1
  const body = arrow + 2 + (/^\s*/.exec(code.slice(arrow + 2))?.[0].length ?? 0)
  const bracketed = OPEN.includes(code[body] as string)
  const lineEnd = code.indexOf('\n', body)
  const end = bracketed ? closing(code, body) : lineEnd === -1 ? code.length : lineEnd
  const parameters = code[last] === ')' ? code.slice(start + 1, last) : code.slice(start, last + 1)
  return { start, end, parameters }
}

function bodyAt(code: string, brace: number): Span | undefined {
  const last = lastCode(code, brace)
  if (code[last] !== ')') return undefined
  const paren = opening(code, last)
  // Blanked type parameters leave room between the name and its parenthesis.
  const [head = '', word = ''] = /([\w$#]*)\s*$/.exec(code.slice(0, paren)) ?? []
  if (NOT_FUNCTIONS.has(word)) return undefined
  return {
    start: paren - head.length,
    end: closing(code, brace),
    parameters: code.slice(paren + 1, last),
  }
}

function nameOf(code: string, start: number): string {
  const line = code.slice(code.lastIndexOf('\n', start) + 1).split('\n', 1)[0] ?? ''
  const own = /^([\w$#]+)\s*\(/.exec(code.slice(start))?.[1]
  const given = /([\w$#]+)\s*[:=]\s*(?:async\s*)?$/.exec(
    code.slice(Math.max(0, start - 120), start),
  )?.[1]
  return own ?? given ?? line.trim().slice(0, 40)
}

/** A `describe` holds tests as a folder holds files: its length says nothing. */
const isContainer = (code: string, start: number): boolean =>
  /\b(describe|suite)\s*\([^()]*,\s*(?:async\s*)?$/.test(
    code.slice(Math.max(0, start - 300), start),
  )

/** What Node cannot strip (an enum) has no functions we could read; the ban on it says so. */
function withoutTypes(text: string): string {
  try {
    return stripTypeScriptTypes(text)
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return ''
    throw error
  }
}

export function functionsOf(text: string): FunctionFound[] {
  const { code } = lex(withoutTypes(text))
  const spans: Span[] = []
  for (let at = code.indexOf('=>'); at !== -1; at = code.indexOf('=>', at + 2))
    spans.push(arrowAt(code, at))
  for (let at = code.indexOf('{'); at !== -1; at = code.indexOf('{', at + 1)) {
    const span = bodyAt(code, at)
    if (span !== undefined) spans.push(span)
  }
  return spans
    .filter(({ start }) => !isContainer(code, start))
    .map(({ start, end, parameters }) => ({
      name: nameOf(code, start),
      line: lineAt(code, start),
      lines: lineAt(code, end) - lineAt(code, start) + 1,
      parameters: countParameters(parameters),
    }))
}
