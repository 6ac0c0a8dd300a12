// Checks of JSON input that name the offending field by its path (`amount.value`); each stand-in says it in its own words.
// Unknown fields are refused: stricter than the providers are known to be, because a misspelt field that is dropped in silence
// is found in production.

export class InvalidInput extends Error {
  readonly path: string

  constructor(path: string, reason: string) {
    super(reason)
    this.name = 'InvalidInput'
    this.path = path
  }
}

const invalid = (path: string, reason: string): InvalidInput => new InvalidInput(path, reason)

export type Fields = Readonly<Record<string, unknown>>

const under = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

export function fieldsOf(value: unknown, path: string, allowed: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path === '' ? 'body' : path, 'Must be a JSON object')
  for (const name of Object.keys(value))
    if (!allowed.includes(name)) throw invalid(under(path, name), 'Unknown field')
  return value as Fields
}

export function textOf(
  value: unknown,
  path: string,
  limits: { max: number; min?: number; pattern?: RegExp },
): string {
  const { max, min = 1, pattern } = limits
  if (typeof value !== 'string') throw invalid(path, 'Must be a string')
  const length = [...value].length
  if (length < min || length > max) throw invalid(path, `Must have ${min} to ${max} characters`)
  if (pattern !== undefined && !pattern.test(value)) throw invalid(path, 'Has the wrong format')
  return value
}

export function flagOf(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw invalid(path, 'Must be true or false')
  return value
}

export function choiceOf<const T extends string>(
  value: unknown,
  path: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw invalid(path, `Must be one of: ${choices.join(', ')}`)
  return found
}

export function integerOf(
  value: unknown,
  path: string,
  limits: { min: number; max: number },
): number {
  if (!Number.isInteger(value) || (value as number) < limits.min || (value as number) > limits.max)
    throw invalid(path, `Must be an integer from ${limits.min} to ${limits.max}`)
  return value as number
}

/** An absolute http or https address; anything else could run script when a page leads there. */
export function urlOf(value: unknown, path: string): string {
  const text = textOf(value, path, { max: 2048 })
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw invalid(path, 'Must be an absolute http or https URL')
  return text
}

/** Applies a check when the field is there. */
export const optional = <T>(value: unknown, check: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : check(value)
