// Settings are parsed once, at start, from text to typed values with units and defaults. A setting
// that is wrong stops the start and names all that is wrong at once: variable, what was got, what
// was expected. Running on with a guess is the worse failure. Secrets are never repeated in an
// error. An empty variable counts as absent, as it does in compose files.

import envSchema from 'env-schema'
import Type, { type Static, type TObject, type TSchema, type TUnsafe } from 'typebox'
import { DAY, HOUR, MINUTE, SECOND } from '../pure/time.ts'
import type { EnvironmentText } from './environment.ts'

/** Settings that do not fit; the message has one line a variable and is for the operator's eyes. */
export class BadSettings extends Error {
  constructor(lines: readonly string[]) {
    super(`The configuration does not fit:\n${lines.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'BadSettings'
  }
}

/** All of these settings, or undefined when none is set. Throws `BadSettings` when some are. */
export function together<S extends object, const K extends keyof S & string>(
  s: S,
  ...names: readonly K[]
): { readonly [P in K]: string } | undefined {
  const absent = names.filter((name) => s[name] === undefined)
  if (absent.length === names.length) return undefined
  if (absent.length > 0)
    throw new BadSettings(
      absent.map((name) => `${name}: got nothing, expected a value because its siblings have one`),
    )
  const values = names.map((name) => [name, String(s[name])])
  return Object.fromEntries(values) as { readonly [P in K]: string }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }
const DURATION = '^(0|[1-9]\\d{0,8})(ms|s|m|h|d)$'

export interface SettingText {
  readonly description: string
}

/** A span of time, `500ms`, `10s`, `30m`, `23h`, `7d`; milliseconds once parsed. */
export const duration = (options: SettingText & { readonly default?: string }): TUnsafe<number> =>
  Type.Unsafe<number>({ type: 'string', pattern: DURATION, unit: 'ms', ...options })

/** Text that must not show in errors or logs. */
export const secret = (options: SettingText & { readonly pattern?: string }) =>
  Type.String({ minLength: 1, secret: true, ...options })

interface Property {
  readonly type?: string
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly { readonly const?: unknown }[]
  readonly minimum?: number
  readonly maximum?: number
  readonly unit?: 'ms'
  readonly secret?: boolean
  readonly description?: string
}

/** What a variable accepts, in words. */
function expected(property: Property): string {
  const choices = property.enum ?? property.anyOf?.map((option) => option.const)
  const range =
    property.minimum === undefined
      ? ''
      : ` from ${property.minimum} to ${property.maximum ?? 'any'}`
  const form =
    property.unit === 'ms'
      ? 'a duration such as 500ms, 10s, 30m, 23h or 7d'
      : (choices?.join(' or ') ?? `${property.type ?? 'text'}${range}`)
  return property.description === undefined ? form : `${form} (${property.description})`
}

interface AjvError {
  readonly instancePath: string
  readonly keyword: string
  readonly params: { readonly missingProperty?: string }
}

/**
 * One line of the operator's list. A variable may fail several keywords of its schema; it is named
 * once.
 */
function complaints(
  errors: readonly AjvError[],
  properties: Record<string, Property>,
  env: EnvironmentText,
): string[] {
  const names = errors.map(
    (error) => error.params.missingProperty ?? error.instancePath.split('/')[1] ?? '',
  )
  return [...new Set(names)].map((name) => {
    const property = properties[name] ?? {}
    const value = env[name]
    const got =
      value === undefined ? 'nothing' : property.secret ? '(hidden)' : JSON.stringify(value)
    return `${name}: got ${got}, expected ${expected(property)}`
  })
}

function inUnits(value: unknown, property: Property): unknown {
  const match =
    property.unit === 'ms' && typeof value === 'string' ? new RegExp(DURATION).exec(value) : null
  return match === null ? value : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1)
}

/** Parses the variables that the schema names; others are left alone. Throws `BadSettings`. */
export function parseSettings<T extends TObject>(
  schema: T,
  env: EnvironmentText,
): Readonly<Static<T>> {
  const properties = schema.properties as Record<string, TSchema & Property>
  const present = Object.keys(properties).flatMap((name) => {
    const value = env[name]?.trim()
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  try {
    const parsed = envSchema<Record<string, unknown>>({
      // A copy: the parser marks the schema it is given.
      schema: { ...schema },
      data: Object.fromEntries(present),
      env: false,
      ajv: { customOptions: (ajv) => ajv.addVocabulary(['unit', 'secret']) },
    })
    const entries = Object.entries(parsed).map(([name, value]) => [
      name,
      inUnits(value, properties[name] ?? {}),
    ])
    return Object.freeze(Object.fromEntries(entries)) as Readonly<Static<T>>
  } catch (error) {
    const { errors } = error as { errors?: readonly AjvError[] }
    if (errors === undefined) throw error
    throw new BadSettings(complaints(errors, properties, env))
  }
}

/**
 * Refuses `RIALTO_…` variables that nothing reads: a misspelt one would otherwise be ignored for
 * years.
 */
export function refuseUnknown(env: EnvironmentText, known: readonly string[]): void {
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('RIALTO_') && !known.includes(name),
  )
  if (unknown.length === 0) return
  const list = known.filter((name) => name.startsWith('RIALTO_')).join(', ')
  throw new BadSettings(
    unknown.map((name) => `${name}: is not a setting; there are ${list || 'none of that prefix'}`),
  )
}

/** A setting that may be absent, as a property to be spread: one that is absent is not one that is `undefined`. */
export const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })
