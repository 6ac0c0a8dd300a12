// Sends messages, several at a time: those that a commit of this process claimed as it made them, and every 2 s what else is due,
// after a claim of its own. A claim is committed before anything is sent, so that no two processes send a message and a dead one's
// is taken up. A crash between the server's yes and the commit of its result sends the mail again under its old Message-ID.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import { type Batcher, batcher } from '@rialto/kernel/batch/batcher.ts'
import { isOutage } from '@rialto/kernel/pure/failure.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import type { Context } from '@rialto/kernel/service/context.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import { isHopeless, type Outcome } from '../channels/outcome.ts'
import { CONNECTIONS, type Parts } from '../config.ts'
import { claimDue, type MessageRow } from '../store.ts'
import { sendMail } from './send-mail.ts'
import { sendPush } from './send-push.ts'
import { settle, type Tried } from './settle-messages.ts'

type Clients = { readonly accounts: AccountsClient }
type Run = JobRun<undefined, Parts, Clients>

/** Nobody waits for the record of a delivery, and most of what it costs is its transaction. */
const RESULTS_LINGER_MS = 100

/** How long a run begins to send. A tick that never ends counts as hanging, and there is always more to send in a busy shop. */
const BEGINS_MS = 2 * MINUTE

/** A bug of ours is not the end of the message, nor does it go on for ever: it has the schedule of a silent server. */
async function outcomeFor(run: Run, message: MessageRow, ctx: Context): Promise<Outcome> {
  if (isHopeless(message.attempts))
    return { kind: 'failed', reason: 'undeliverable', answer: 'processes died sending it' }
  const { parts, unit } = run
  const sending = { ctx, parts, unit, clients: run.clientsFor(ctx) }
  try {
    return message.channel === 'email'
      ? await sendMail(message, sending)
      : await sendPush(message, sending)
  } catch (error) {
    ctx.log.error({ message: message.message_id, err: error }, 'message cannot be sent')
    return { kind: 'later', answer: 'failed on our side', free: isOutage(error) }
  }
}

/** What one run has on its way: at most so many being sent, and any number whose results are about to be written. */
class Outgoing {
  readonly #run: Run
  readonly #results: Batcher<Tried, null>
  readonly #sending = new Set<Promise<void>>()
  readonly #open = new Set<Promise<void>>()
  readonly #failures: unknown[] = []

  constructor(run: Run) {
    this.#run = run
    this.#results = batcher<Tried, null>({
      lanes: 1,
      maxItems: 100,
      lingerMs: RESULTS_LINGER_MS,
      run: (tried) => run.unit((tx) => settle(tx, tried, run.ctx.now())),
    })
  }

  get free(): number {
    return CONNECTIONS - this.#sending.size
  }

  /** Nothing is on its way, or something could not be settled, which ends the run. */
  get isOver(): boolean {
    return this.#open.size === 0 || this.#failures.length > 0
  }

  start(message: MessageRow): void {
    const { correlation, cause, flow } = message
    const ctx = this.#run.ctx.for({ correlation, cause, ...(flow === null ? {} : { flow }) })
    const trying = this.#try(message, ctx)
    const settling = trying
      .then((tried) => this.#results.submit(tried))
      .catch((error: unknown) => this.#failures.push(error))
      .finally(() => ctx.end())
    this.#keep(this.#sending, trying)
    this.#keep(this.#open, settling)
  }

  /** Resolves when another may be started. */
  async sent(): Promise<void> {
    await Promise.race(this.#sending)
  }

  async end(): Promise<void> {
    await Promise.all(this.#open)
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  async #try(message: MessageRow, ctx: Context): Promise<Tried> {
    const outcome = await outcomeFor(this.#run, message, ctx)
    await failpoint('notification.answered')
    if (outcome.kind !== 'sent')
      ctx.log.warn({ message: message.message_id, ...outcome }, 'message not sent')
    return { message, ctx, outcome }
  }

  /** Keeps it until it has ended, well or not; then whoever waits looks again. */
  #keep(among: Set<Promise<void>>, one: Promise<unknown>): void {
    const ended = (): void => {
      among.delete(kept)
      this.#run.parts.handed.touch()
    }
    const kept: Promise<void> = one.then(ended, ended)
    among.add(kept)
  }
}

async function sendDue(run: Run): Promise<void> {
  const { unit, parts, ctx } = run
  const outgoing = new Outgoing(run)
  const until = ctx.now() + BEGINS_MS
  for (;;) {
    // By halves: a claim for each single message would cost as much as sending it.
    while (outgoing.free < CONNECTIONS / 2) await outgoing.sent()
    const limit = outgoing.free
    const nowMs = ctx.now()
    const claim = { nowMs, untilMs: nowMs + parts.leaseMs, limit }
    const claimed = await unit((tx) => tx.many(claimDue(claim)))
    for (const message of claimed) outgoing.start(message)
    if (claimed.length < limit || ctx.now() >= until) break
  }
  await outgoing.end()
}

export const sendMessages = job<undefined, Parts, Clients>({
  name: 'notifications.send',
  everySeconds: 2,
  run: sendDue,
})

/**
 * Goes on while there is something on its way: what is handed over meanwhile leaves at once. What is left when its time is over was
 * handed over during this run, and whoever hands over has another run follow.
 */
async function sendAllHanded(run: Run): Promise<void> {
  const { ctx, parts } = run
  const { handed } = parts
  const outgoing = new Outgoing(run)
  const until = ctx.now() + BEGINS_MS
  for (;;) {
    while (outgoing.free > 0 && ctx.now() < until) {
      const message = handed.take(ctx.now())
      if (message === undefined) break
      outgoing.start(message)
    }
    if (outgoing.isOver) break
    await handed.changed()
  }
  await outgoing.end()
}

/** Called by the commits that hand over. It repeats because only such jobs can be called so; its ticks find nothing to do. */
export const sendHanded = job<undefined, Parts, Clients>({
  name: 'notifications.send-handed',
  everySeconds: 60,
  run: sendAllHanded,
})
