// Sends a receipt's document to the register, or asks what became of it. The call is counted in a commit before it is made: a
// receipt begins with its first send counted and claimed, a later one is claimed here. No answer is no refusal, and sending again
// under the same name makes no second document. The sweep takes up what is due: answers that did not come, callbacks that
// were lost, a register that was down, what a dead process had claimed.

import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import { accountProblems } from '@rialto/contracts/accounts/problems.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { type JobRun, job } from '@rialto/kernel/service/service.ts'
import { failpoint } from '@rialto/kernel/testing/failpoint.ts'
import type { Parts } from '../config.ts'
import { CLAIM_MS, type News } from '../domain/fiscal-receipt.ts'
import {
  type FiscalDocument,
  type Register,
  RegisterRefused,
  RegisterSilent,
} from '../domain/fiscal-register.ts'
import { notedAtRegister } from '../providers/noted-register.ts'
import { type ClaimedRow, claimDueReceipts, claimReceipt } from '../store-fiscal.ts'
import { applyAsRead, nameOf, newsOf, type Told } from './receipt-apply.ts'

const BATCH = 500
/** What a register takes; an address may be nearly four times as long. */
const EMAIL_MAX = 64

/** A receipt that is claimed already, or the name of the claim that this run fulfils. */
type Data = { readonly row: ClaimedRow } | { readonly receipt_id: string; readonly due_at: number }
type Run = JobRun<Data, Parts, { readonly accounts: AccountsClient }>

/** Undefined: the buyer is gone. */
async function buyersEmail({ clients }: Run, userId: string): Promise<string | undefined> {
  try {
    return (await clients.accounts.getUser({ params: { user_id: userId } })).email
  } catch (error) {
    const isGone = error instanceof Problem && error.kind.code === accountProblems.unknown_user.code
    if (!isGone) throw error
    return undefined
  }
}

/** The buyer's address is asked for each time; it is personal data and not kept here. */
async function emailOf(run: Run, row: ClaimedRow): Promise<string> {
  const email = await buyersEmail(run, row.user_id)
  if (email !== undefined && email.length <= EMAIL_MAX) return email
  // A receipt without its buyer is better than none: the shop keeps the copy, and our own mail tells the buyer of it.
  const why = email === undefined ? 'the buyer is gone' : 'the address is too long for the register'
  run.ctx.log.warn({ receipt: row.receipt_id }, `${why}; the receipt goes to the shop`)
  return run.parts.fiscal.companyEmail
}

async function documentOf(run: Run, row: ClaimedRow): Promise<FiscalDocument> {
  return {
    ...{ externalId: nameOf(row), kind: row.kind, items: row.items },
    email: await emailOf(run, row),
    totalMinor: row.amount_minor,
    createdAtMs: row.created_at,
    ...(row.sale_attribute === null ? {} : { saleAttribute: row.sale_attribute }),
  }
}

async function send(run: Run, row: ClaimedRow, register: Register): Promise<Told> {
  const about = { receiptId: row.receipt_id, attempt: row.attempt, sends: row.sends }
  if (row.kind === 'refund' && row.sale_attribute === null)
    return { ...about, news: { kind: 'sale_first' } }
  if (row.items.length === 0) {
    const error = 'the lines do not make a receipt of this amount'
    return { ...about, news: { kind: 'impossible', error } }
  }
  const document = await documentOf(run, row)
  const uuid = await notedAtRegister(run.ctx, register.calls[row.kind], async () => {
    const answer = register.register(document)
    answer.catch(() => undefined)
    await failpoint('fiscal.sent')
    return answer
  })
  return { ...about, uuid, news: { kind: 'accepted', uuid } }
}

async function look(run: Run, row: ClaimedRow, register: Register): Promise<Told> {
  const uuid = row.register_uuid ?? ''
  const about = { receiptId: row.receipt_id, attempt: row.attempt, uuid }
  const report = await notedAtRegister(run.ctx, register.calls.report, () => register.report(uuid))
  const error = 'the register answers for another document'
  return { ...about, news: newsOf(report, nameOf(row)) ?? { kind: 'silent', error } }
}

/** Of a look nothing follows for the document, whatever it failed of. */
function newsOfFailure(failure: unknown, isSend: boolean): News | undefined {
  if (!(failure instanceof RegisterRefused || failure instanceof RegisterSilent)) return undefined
  if (failure instanceof RegisterSilent)
    return { kind: isSend && failure.isUnsent ? 'unsent' : 'silent', error: failure.message }
  const error = `${failure.code}: ${failure.message}`
  return isSend ? { kind: 'refused', code: failure.code, error } : { kind: 'silent', error }
}

async function ask(run: Run, row: ClaimedRow): Promise<Told> {
  const { register } = run.parts.fiscal
  const isSend = row.register_uuid === null
  try {
    return await (isSend ? send : look)(run, row, register)
  } catch (error) {
    const news = newsOfFailure(error, isSend)
    if (news === undefined) throw error
    run.ctx.log.warn({ receipt: row.receipt_id, err: error }, 'register did not take the receipt')
    return { receiptId: row.receipt_id, attempt: row.attempt, sends: row.sends, news }
  }
}

async function claimed({ data, unit }: Run): Promise<ClaimedRow | undefined> {
  if ('row' in data) return data.row
  return unit((tx) => tx.maybe(claimReceipt(data.receipt_id, data.due_at)))
}

async function work(given: Run): Promise<void> {
  const { unit, ctx } = given
  const row = await claimed(given)
  if (row === undefined) return
  ctx.flow = row.order_id
  await applyAsRead(unit, row, await ask(given, row))
  await failpoint('fiscal.recorded')
}

async function run(given: Run): Promise<void> {
  const { busy } = given.parts
  const { receipt_id } = 'row' in given.data ? given.data.row : given.data
  busy.add(receipt_id)
  try {
    await work(given)
  } finally {
    busy.delete(receipt_id)
  }
}

export const fiscalizeJob = job<Data, Parts, { readonly accounts: AccountsClient }>({
  name: 'payments.fiscalize',
  isClaimed: true,
  run,
})

/** Every 5 s: whatever is due gets a run of its own, so that one slow answer does not hold up the others. */
export const sweepReceipts = job<undefined, Parts>({
  name: 'payments.sweep-receipts',
  everySeconds: 5,
  run: ({ unit, parts, now }) =>
    unit(async (tx) => {
      const due_at = now + CLAIM_MS
      const claim = { atMs: now, untilMs: due_at, busy: [...parts.busy], limit: BATCH }
      for (const { receipt_id } of await tx.many(claimDueReceipts(claim)))
        parts.jobs.after(tx, fiscalizeJob, () => ({ receipt_id, due_at }))
    }),
})
