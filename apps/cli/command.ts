// What a command is, and how it reads its words.

import { type ParseArgsConfig, parseArgs } from 'node:util'

export interface Command {
  readonly name: string
  readonly usage: string
  readonly summary: string
  /** What `--help` says of it, where usage and summary do not say all. */
  readonly help?: string
  /** Goes on when it has answered, until it is told to end. */
  readonly stays?: true
  /** Answers whether what was asked for is so. */
  run(words: string[]): Promise<boolean>
}

/** The words were not understood; the message says which. */
export class UsageError extends Error {}

/** What was asked for could not be done; the message is all that a person needs. */
export class Failed extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>

/** Reads options; `--json` is understood by every command. */
export function readWords(
  words: string[],
  options: Options = {},
): { values: Record<string, string | boolean | undefined>; words: string[] } {
  try {
    const parsed = parseArgs({
      args: words,
      options: { ...options, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    })
    return {
      values: parsed.values as Record<string, string | boolean | undefined>,
      words: parsed.positionals,
    }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** One JSON line; bigint as a number or, when too large for one, as text. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? (Number.isSafeInteger(Number(v)) ? Number(v) : String(v)) : v))}\n`

export const print = (text: string): void => {
  process.stdout.write(text)
}
