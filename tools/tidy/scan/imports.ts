// Every import and re-export of a file, type-only ones included: a type import over the wall is a cheat like any other.

import type { File } from '../tree.ts'
import { lineAt } from './source.ts'

export interface Import {
  readonly specifier: string
  /** Names taken in braces, as they are called here. */
  readonly names: readonly string[]
  readonly line: number
}

const namesIn = (clause: string): string[] =>
  (/\{([^}]*)\}/.exec(clause)?.[1] ?? '')
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^type\s+/, '')
        .replace(/^.*\s+as\s+/, ''),
    )
    .filter((name) => name !== '')

// On blanked code the specifier is quotes around spaces; what it says is read from the text at the same place.
const FORMS = [
  /\bimport\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*\s*as\s+[\w$]+|\{[^}]*\})?\s*from\s*(['"])( *)\1/g,
  /\bexport\s+(?:type\s+)?(?:\*(?:\s*as\s+[\w$]+)?|\{[^}]*\})\s*from\s*(['"])( *)\1/g,
  /\bimport\s*(['"])( *)\1/g,
  /\b(?:import|require)\s*\(\s*(['"])( *)\1/g,
]

export function importsOf(file: File): Import[] {
  const { code } = file.source
  return FORMS.flatMap((form) =>
    [...code.matchAll(form)].map((match) => {
      const end = match.index + match[0].length - 1
      const start = end - (match[2] ?? '').length
      return {
        specifier: file.text.slice(start, end),
        names: namesIn(match[0]),
        line: lineAt(file.text, match.index),
      }
    }),
  )
}

/** Resolves a relative specifier to a path from the root. May begin with `..`. */
export function resolveRelative(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '.' || part === '') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}

/** `@scope/name/deep.ts` → `@scope/name`; `name/deep` → `name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
