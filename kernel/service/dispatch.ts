// The one road of every request, over HTTP or from a service in the same process: who may, what was sent, has it been answered
// before, ask, act in one transaction, finish, and an answer that fits its contract. Features never see a request that is not
// valid, and callers never see an error that is not a problem. A crash before the commit leaves nothing; after it, the answer
// is kept under the request's key.

import { isLockTimeout } from '../db/errors.ts'
import type { Sql } from '../db/sql.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Access, AnyRoute } from '../pure/contract.ts'
import { Unavailable } from '../pure/failure.ts'
import { Problem } from '../pure/problem.ts'
import { failpoint } from '../testing/failpoint.ts'
import { failureAnswer, problemAnswer, replyWriterOf } from './answer.ts'
import { type Caller, Context, type Environment } from './context.ts'
import type { Feature } from './feature.ts'
import {
  beginKey,
  claimKey,
  holdKey,
  type IdempotencyKey,
  idempotencyKeyOf,
  isAboutKey,
  isKept,
  isUnclaimed,
  keepAnswer,
  releaseKey,
  type Settled,
  settledReply,
  settleKey,
  storeAnswer,
  unclaimedReply,
} from './idempotency.ts'
import { inputCheckOf } from './input.ts'
import type { Mounted, RawReply, RawRequest } from './mount.ts'
import { kernelProblems } from './problems.ts'
import type { Service } from './service.ts'
import type { Tx } from './tx.ts'
import { readUnitOf, unitOf, type Writing, writeUnit } from './unit.ts'

export interface Deps extends Writing {
  readonly env: Environment
  /** The service's clients, bound to one context. */
  readonly clients: (ctx: Context) => Record<string, unknown>
  /** What the service's `build` made. */
  readonly parts: unknown
}

type Step = (arguments_: object) => Promise<unknown>

interface Entry {
  readonly route: AnyRoute
  readonly ask?: Step
  readonly act?: Step
  readonly finish?: Step
  readonly answer?: Step
  readonly check: ReturnType<typeof inputCheckOf>
  readonly write: ReturnType<typeof replyWriterOf>
}

/** One request on its way. */
interface Run {
  readonly entry: Entry
  readonly deps: Deps
  readonly ctx: Context
  /** What every step of the feature gets. */
  readonly given: { readonly input: object; readonly caller: Caller; readonly now: number }
  readonly key: IdempotencyKey | undefined
  /** Some of the work has been committed, or may have been. */
  committed: boolean
}

function entryOf(feature: Feature<AnyRoute>): Entry {
  const { route, act, finish, answer } = feature
  if (answer === undefined && act === undefined && (finish === undefined || route.idempotent))
    throw new Error(`${route.name} has neither act nor answer`)
  return {
    ...(feature as unknown as Pick<Entry, 'route' | 'ask' | 'act' | 'finish' | 'answer'>),
    check: inputCheckOf(route),
    write: replyWriterOf(route),
  }
}

function checkAccess(access: Access, caller: Caller): void {
  if (access === 'public') return
  const wanted = access === 'internal' ? ['service' as const] : access
  if (wanted.some((role) => caller.roles.includes(role))) return
  throw new Problem(
    caller.kind === 'anonymous' ? kernelProblems.unauthenticated : kernelProblems.forbidden,
  )
}

/**
 * Keeps an answer under its key. One that cannot be kept now is not given either: the next request with the key might be answered
 * otherwise, and the caller would hold two truths. Told "not now", it asks again and gets the one that holds.
 */
async function settle(run: Run, key: IdempotencyKey, reply: RawReply): Promise<RawReply> {
  try {
    return await inTransaction(run.deps.pool, (tx) => settleKey(tx, key, reply))
  } catch (error) {
    if (error instanceof Problem) throw error
    if (isLockTimeout(error))
      throw new Problem(kernelProblems.idempotency_in_progress, { retryAfterSeconds: 1 })
    const outcome = run.committed ? 'unknown' : 'nothing'
    throw new Unavailable('the answer was not kept under its key', { cause: error, outcome })
  }
}

/** A saga that ends without an answer gives its key back. */
async function giveBack({ ctx, entry, deps, committed }: Run, key: IdempotencyKey): Promise<void> {
  if (!committed || entry.finish === undefined) return
  await inTransaction(deps.pool, (tx) => tx.run(releaseKey(key))).catch((cause: unknown) =>
    ctx.log.warn({ err: cause }, 'key not given back; it comes free at its deadline'),
  )
}

/** The answer to a request that failed on the way. */
async function failed(run: Run, error: unknown): Promise<RawReply> {
  const { ctx, entry, key } = run
  if (error instanceof Unavailable && error.outcome === 'unknown') run.committed = true
  const reply = failureAnswer(error, { ctx, route: entry.route, committed: run.committed })
  if (key === undefined || isAboutKey(error)) return reply
  if (isKept(reply))
    return settle(run, key, reply).catch(async (cause: unknown) => {
      await giveBack(run, key)
      throw cause
    })
  await giveBack(run, key)
  return reply
}

/** A repeated request gets its answer even where what `ask` needs is down by now. */
async function askFailed(run: Run, error: unknown): Promise<RawReply> {
  const { key, deps } = run
  if (key !== undefined && !(error instanceof Problem)) {
    const kept = await inTransaction(deps.pool, (tx) => beginKey(tx, key)).catch(
      (cause: unknown) => {
        if (isAboutKey(cause)) throw cause
        return undefined
      },
    )
    if (kept !== undefined) return kept
  }
  throw error
}

/** What follows the first commit. Where the last transaction makes the answer, the key is settled in the same commit. */
async function runFinish(run: Run, done: unknown): Promise<RawReply> {
  const { entry, deps, ctx, given, key } = run
  run.committed = true
  let kept: { readonly reply: RawReply; readonly settled?: Settled } | undefined
  const answer = (work: (tx: Tx) => Promise<unknown>): Promise<unknown> =>
    writeUnit(deps, ctx, async (tx, seal) => {
      const made = await work(tx)
      const reply = entry.write(made)
      let settled: Settled | undefined
      const heard = ([row]: readonly Settled[]) => {
        settled = row
      }
      if (key !== undefined) seal({ ...keepAnswer(key, reply), heard } as Sql)
      tx.onCommit(() => {
        kept = { reply, ...(settled === undefined ? {} : { settled }) }
      })
      return made
    })
  const [unit, read] = [unitOf(deps, ctx), readUnitOf(deps.pool, ctx)]
  const made = await entry.finish?.({ ...given, ctx, parts: deps.parts, done, unit, read, answer })
  if (kept !== undefined) {
    const { reply, settled } = kept
    return settled === undefined ? reply : settledReply(settled, reply)
  }
  const reply = entry.write(made)
  return key === undefined ? reply : settle(run, key, reply)
}

async function runAct(run: Run, facts: unknown): Promise<RawReply> {
  const { entry, deps, ctx, given, key } = run
  const act = entry.act
  if (act === undefined) return runFinish(run, undefined)
  const { flow } = ctx
  const acted = await writeUnit(deps, ctx, async (tx, seal) => {
    // Run again after a deadlock, it may be refused: what the first run made was rolled back.
    ctx.flow = flow
    const claimed = key === undefined ? undefined : tx.run(claimKey(key))
    claimed?.catch(() => undefined)
    await failpoint('idem.reserved')
    try {
      const done = await act({ ...given, ctx, parts: deps.parts, facts, tx })
      // The reply is checked before the commit: one that does not fit must not leave its effect behind.
      const reply = entry.finish === undefined ? entry.write(done) : undefined
      if (key !== undefined) seal(reply === undefined ? holdKey(key) : storeAnswer(key, reply))
      return { reply, done }
    } catch (error) {
      // What the act says counts only where the key was ours.
      await claimed
      throw error
    }
  }).catch(async (error: unknown) => {
    if (key === undefined || !isUnclaimed(error)) throw error
    // What was asked before belongs to no work of ours.
    ctx.flow = flow
    const reply = await inTransaction(deps.pool, (tx) => unclaimedReply(tx, key))
    return { reply, done: undefined }
  })
  return acted.reply ?? runFinish(run, acted.done)
}

async function runFeature(run: Run): Promise<RawReply> {
  const { entry, deps, ctx, given } = run
  const { parts, pool } = deps
  if (entry.answer !== undefined) {
    const read = readUnitOf(pool, ctx)
    return entry.write(
      await entry.answer({ ...given, ctx, parts, clients: deps.clients(ctx), read }),
    )
  }
  let facts: unknown
  try {
    facts = await entry.ask?.({ ...given, ctx, parts, clients: deps.clients(ctx) })
  } catch (error) {
    return await askFailed(run, error)
  }
  return runAct(run, facts)
}

function runOf(entry: Entry, deps: Deps, call: { ctx: Context; request: RawRequest }): Run {
  const { ctx, request } = call
  checkAccess(entry.route.access, request.caller)
  const checked = entry.check(request)
  const key = idempotencyKeyOf(entry.route, request, {
    input: checked,
    owner: () => deps.env.ids.uuid(),
  })
  if (ctx.deadline !== undefined && performance.now() >= ctx.deadline)
    throw new Unavailable(`whoever asked for ${entry.route.name} has given up`)
  const { headers, ip, raw } = request
  const input = { ...checked, headers, ip, ...(raw === undefined ? {} : { raw }) }
  return {
    entry,
    deps,
    ctx,
    given: { input, caller: request.caller, now: ctx.now() },
    key,
    committed: false,
  }
}

async function answer(
  entry: Entry,
  deps: Deps,
  call: { ctx: Context; request: RawRequest },
): Promise<RawReply> {
  const { ctx } = call
  const plain = (error: unknown, committed = false): RawReply =>
    failureAnswer(error, { ctx, route: entry.route, committed })
  let run: Run
  try {
    run = runOf(entry, deps, call)
  } catch (error) {
    return plain(error)
  }
  try {
    return await runFeature(run)
  } catch (error) {
    return await failed(run, error).catch((cause: unknown) => plain(cause, run.committed))
  }
}

function entriesOf(service: Service): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const feature of service.features) {
    const { route } = feature
    if (route.service !== service.name)
      throw new Error(`${route.name} is a route of ${route.service}, not of ${service.name}`)
    if (entries.has(route.name)) throw new Error(`${service.name} has two routes ${route.name}`)
    entries.set(route.name, entryOf(feature))
  }
  return entries
}

/** Makes a service callable. */
export function mount(service: Service, deps: Deps): Mounted {
  const { name, participant } = service
  const entries = entriesOf(service)
  return {
    name,
    participant,
    routes: service.features.map((feature) => feature.route),
    async call(route, request) {
      const { correlation, cause, flow, traceparent, caller, deadline } = request
      const ctx = new Context(deps.env, {
        service: name,
        participant,
        caller,
        ...(correlation === undefined ? {} : { correlation }),
        ...(cause === undefined ? {} : { cause }),
        ...(flow === undefined ? {} : { flow }),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(deadline === undefined ? {} : { deadline }),
      })
      const entry = entries.get(route.name)
      if (entry === undefined)
        return problemAnswer(new Problem(kernelProblems.not_found), ctx.correlation)
      try {
        await failpoint('http.accepted')
        const reply = await answer(entry, deps, { ctx, request })
        await failpoint('http.before_reply')
        return ctx.flow === undefined ? reply : { ...reply, flow: ctx.flow }
      } finally {
        ctx.end()
      }
    },
  }
}
