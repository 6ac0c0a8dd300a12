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
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '[redacted]' },
    },
    pino.destination({ dest: options.destination ?? 2, sync: false }),
  )

/** An error as a line of the log has it. Not the error itself: what a database adds to it may be somebody's data. */
export function described(error: unknown): Record<string, string | undefined> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack } = error
  return { name, message, stack }
}

const ignore = (): void => undefined
/** Says nothing. For tests of things that log. */
export const silentLog: Logger = {
  child: () => silentLog,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
}
