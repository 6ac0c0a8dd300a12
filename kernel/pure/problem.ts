// RFC 9457 problems. Every refusal has a stable code from its service's table in the contracts; the code decides status and title,
// so that the same refusal reads the same everywhere. Problems cross processes by `code`, never by `instanceof`.

/** One row of a service's table of problem codes. */
export interface ProblemKind {
  readonly code: string
  readonly status: number
  readonly title: string
  /** What the caller can do about it, in one sentence. */
  readonly action: string
  /** Whether the caller's money is untouched, moved or not yet known. */
  readonly money: 'untouched' | 'safe' | 'checking'
}

export interface FieldError {
  /** JSON pointer of the offending field. */
  readonly pointer: string
  readonly detail: string
}

/** The body of an `application/problem+json` answer. */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly action: string
  readonly money: ProblemKind['money']
  readonly instance?: string
  readonly trace_id?: string
  readonly errors?: readonly FieldError[]
  /** Seconds to wait before a retry; also sent as Retry-After. */
  readonly retry_after?: number
  /** Facts of this case that a program can use, such as `order_id`. */
  readonly facts?: Readonly<Record<string, unknown>>
}

export interface ProblemOptions {
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  readonly retryAfterSeconds?: number
  readonly facts?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A refusal with a stable code. Thrown by features and handlers, turned into a problem answer at the edge. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly options: ProblemOptions

  constructor(kind: ProblemKind, options: ProblemOptions = {}) {
    super(options.detail ?? kind.title, { cause: options.cause })
    this.name = 'Problem'
    this.kind = kind
    this.options = options
  }

  body(extra: { instance?: string; traceId?: string } = {}): ProblemBody {
    const { kind, options } = this
    return {
      type: `urn:rialto:problem:${kind.code}`,
      title: kind.title,
      status: kind.status,
      detail: options.detail ?? kind.title,
      code: kind.code,
      action: kind.action,
      money: kind.money,
      ...(extra.instance === undefined ? {} : { instance: extra.instance }),
      ...(extra.traceId === undefined ? {} : { trace_id: extra.traceId }),
      ...(options.errors === undefined ? {} : { errors: options.errors }),
      ...(options.retryAfterSeconds === undefined
        ? {}
        : { retry_after: options.retryAfterSeconds }),
      ...(options.facts === undefined ? {} : { facts: options.facts }),
    }
  }
}

/** Rebuilds a problem that another process answered, so that both transports of a client throw the same. */
export function problemFrom(body: ProblemBody): Problem {
  return new Problem(
    {
      code: body.code,
      status: body.status,
      title: body.title,
      action: body.action,
      money: body.money,
    },
    {
      detail: body.detail,
      ...(body.errors === undefined ? {} : { errors: body.errors }),
      ...(body.retry_after === undefined ? {} : { retryAfterSeconds: body.retry_after }),
      ...(body.facts === undefined ? {} : { facts: body.facts }),
    },
  )
}

type ProblemTable<T> = { readonly [K in keyof T]: ProblemKind }

/**
 * Declares a service's problem codes. `problems('orders', { unknown_order: [404, title, action, money] })` gives
 * `.unknown_order` with the code `orders.unknown_order`.
 */
export function problems<
  T extends Record<string, readonly [number, string, string, ProblemKind['money']?]>,
>(service: string, table: T): ProblemTable<T> {
  const kinds = Object.entries(table).map(([name, [status, title, action, money]]) => [
    name,
    { code: `${service}.${name}`, status, title, action, money: money ?? 'untouched' },
  ])
  return Object.fromEntries(kinds) as ProblemTable<T>
}
