// The register says that a document is processed. It signs nothing, so nothing in it is believed: the report is fetched, and
// that is applied. What cannot be fetched now is found by the next look; the register need not repeat itself for us.

import { receiveFiscalCallback as route } from '@rialto/contracts/payments/receipts.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { type Finish, reply, saga } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { receiptOfName } from '../domain/fiscal-receipt.ts'
import { RegisterRefused, RegisterSilent } from '../domain/fiscal-register.ts'
import { problems } from '../errors.ts'
import { notedAtRegister } from '../providers/noted-register.ts'
import { type FoundReceipt, findReceipt } from '../store-fiscal.ts'
import { applyNews, nameOf, newsOf } from './receipt-apply.ts'

/** The document to ask about; undefined: there is nothing to learn. */
type Done = { readonly row: FoundReceipt; readonly uuid: string } | undefined

async function learn(given: Finish<typeof route, NonNullable<Done>, Parts>): Promise<void> {
  const { done, unit, ctx, parts } = given
  const { register } = parts.fiscal
  const { row, uuid } = done
  const { receipt_id: receiptId, attempt } = row
  try {
    const report = await notedAtRegister(ctx, register.calls.report, () => register.report(uuid))
    const news = newsOf(report, nameOf(row))
    // Where the receipt does not know its document yet, only the name ties the two.
    const isOurs = row.register_uuid === uuid || 'externalId' in report
    if (news === undefined || !isOurs) return
    await unit((tx) => applyNews(tx, { receiptId, attempt, uuid, news }))
  } catch (error) {
    if (!(error instanceof RegisterSilent || error instanceof RegisterRefused)) throw error
    ctx.log.warn({ receipt: receiptId, err: error }, 'report not fetched; it is asked for again')
  }
}

export const receiveFiscalCallback = saga<typeof route, Done, {}, Parts>(route, {
  async act({ input, tx, ctx, parts }) {
    const body = input.raw ?? new Uint8Array()
    const callback = parts.fiscal.register.parseCallback(body)
    if (callback === undefined) {
      ctx.log.warn({ bytes: body.length, ip: input.ip }, 'fiscal callback invalid')
      throw new Problem(problems.webhook_invalid)
    }
    const { uuid, externalId = '' } = callback
    const receiptId = receiptOfName(externalId)?.receiptId ?? null
    const row = await tx.maybe(findReceipt({ receiptId, uuid }))
    ctx.flow = row?.order_id
    if (row === undefined || row.state === 'fiscalized_success') return undefined
    const isKnown = row.register_uuid === null || row.register_uuid === uuid
    return isKnown ? { row, uuid } : undefined
  },
  async finish(given) {
    if (given.done !== undefined) await learn({ ...given, done: given.done })
    return reply(200, 'OK')
  },
})
