// Structured logs: one JSON line an event, with trace ids, and with secrets and personal data taken out before they are
// written. The redaction list is by field name, because a value cannot be trusted to look like a secret.

import { pino } from 'pino'

export interface Logger {
  child(fields: Record<string, unknown>): Logger
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

const SECRET_FIELDS = [
  'password',
  'authorization',
  'access_token',
  'refresh_token',
  'token',
  'secret',
  'secret_key',
  'cvc',
  'pan',
  'card_number',
  'email',
  'phone',
  'cookie',
  'master_key',
  'private_key',
]

const redactedPaths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

/** What else an error may say of itself: never a value that was given. */
const TELLING = ['code', 'constraint', 'table', 'syscall'] as const
const CAUSES = 4

/**
 * An error as a line of the log has it, with what it follows from. Not the error itself: what a database adds to it, such as the row
 * that it refused, may be somebody's data.
 */
export function described(error: unknown, causes = CAUSES): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const more: Record<string, unknown> = {}
  for (const field of TELLING) if (field in error) more[field] = error[field as keyof Error]
  if (error instanceof AggregateError) more.errors = error.errors.map(String)
  if (cause !== undefined && causes > 0) more.cause = described(cause, causes - 1)
  return { name, message, ...more, stack }
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** File descriptor to write to; 2 keeps stdout free for `--json` answers. */
  readonly destination?: number
}

/** Opens the process's logger. */
export const openLog = (options: LogOptions): Logger =>
  pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => described(error) },
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '[redacted]' },
    },
    pino.destination({ dest: options.destination ?? 2, sync: false }),
  )

const ignore = (): void => undefined
/** Says nothing. For tests of things that log. */
export const silentLog: Logger = {
  child: () => silentLog,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
}
