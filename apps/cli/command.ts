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
export type Values = Readonly<Record<string, string | boolean | undefined>>

/** What may follow a command. */
interface Accepted {
  readonly options?: Options
  /** How many words at most; absent: none. */
  readonly words?: number
}

/** Reads options and words; what is too much is a mistake, never ignored. `--json` is understood by every command. */
export function readWords(
  words: string[],
  { options = {}, words: most = 0 }: Accepted = {},
): { values: Values; words: string[] } {
  const parsed = parsedOf(words, options)
  const extra = parsed.words[most]
  if (extra !== undefined) throw new UsageError(`"${extra}" is not understood`)
  return parsed
}

function parsedOf(words: string[], options: Options): { values: Values; words: string[] } {
  try {
    const parsed = parseArgs({
      args: words,
      options: { ...options, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    })
    return { values: parsed.values as Values, words: parsed.positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** One of the things that a command does, named by its first word. */
export interface Verb {
  readonly options?: Options
  run(values: Values): Promise<boolean>
}

const CHOICE = new Intl.ListFormat('en-GB', { type: 'disjunction' })

/** Does what the first word names. An option that another verb takes would change nothing here, so it is a mistake. */
export function runVerb(words: string[], verbs: Readonly<Record<string, Verb>>): Promise<boolean> {
  const options: Options = Object.assign({}, ...Object.values(verbs).map((verb) => verb.options))
  const { values, words: named } = readWords(words, { options, words: 1 })
  const [name = ''] = named
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) throw new UsageError(`say ${CHOICE.format(Object.keys(verbs))}`)
  const own = { json: true, ...verb.options }
  const foreign = Object.keys(values).find((option) => !Object.hasOwn(own, option))
  if (foreign !== undefined) throw new UsageError(`${name} takes no --${foreign}`)
  return verb.run(values)
}

export const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** `--limit`: how many at most. */
export function limitOf(values: Values, unlessGiven: number): number {
  const limit = Number(textOf(values.limit) ?? unlessGiven)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new UsageError('--limit takes 1 to 10000')
  return limit
}

/** One JSON line; bigint as a number or, when too large for one, as text. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? (Number.isSafeInteger(Number(v)) ? Number(v) : String(v)) : v))}\n`

export const print = (text: string): void => {
  process.stdout.write(text)
}
