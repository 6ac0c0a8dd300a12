// The register says that a document is processed. It signs nothing, so nothing in it is believed: the report is fetched, and
// that is applied. What cannot be fetched now is found by the next look; the register need not repeat itself for us.

import { receiveFiscalCallback as route } from '@rialto/contracts/payments/receipts.ts'
import { Problem } from '@rialto/kernel/pure/problem.ts'
import { afterLooking, type Finish, reply } from '@rialto/kernel/service/feature.ts'
import type { Parts } from '../config.ts'
import { receiptOfName } from '../domain/fiscal-receipt.ts'
import { RegisterRefused, RegisterSilent } from '../domain/fiscal-register.ts'
import { problems } from '../errors.ts'
import { notedAtRegister } from '../providers/noted-register.ts'
import { findReceipt, type OpenReceipt } from '../store-fiscal.ts'
import { applyAsRead, nameOf, newsOf } from './receipt-apply.ts'

type Called = Finish<typeof route, undefined, Parts>

/** The document to ask about; undefined: there is nothing to learn. */
type Asked = { readonly row: OpenReceipt; readonly uuid: string } | undefined

async function askedAbout({ input, read, ctx, parts }: Called): Promise<Asked> {
  const body = input.raw ?? new Uint8Array()
  const callback = parts.fiscal.register.parseCallback(body)
  if (callback === undefined) {
    ctx.log.warn({ bytes: body.length, ip: input.ip }, 'fiscal callback invalid')
    throw new Problem(problems.webhook_invalid)
  }
  const { uuid, externalId = '' } = callback
  const receiptId = receiptOfName(externalId)?.receiptId ?? null
  const row = await read((tx) => tx.maybe(findReceipt({ receiptId, uuid })))
  ctx.flow = row?.order_id
  if (row === undefined || row.state === 'fiscalized_success') return undefined
  const isKnown = row.register_uuid === null || row.register_uuid === uuid
  return isKnown ? { row, uuid } : undefined
}

async function learn({ unit, ctx, parts }: Called, { row, uuid }: NonNullable<Asked>) {
  const { register } = parts.fiscal
  const { receipt_id: receiptId, attempt } = row
  try {
    const report = await notedAtRegister(ctx, register.calls.report, () => register.report(uuid))
    const news = newsOf(report, nameOf(row))
    // Where the receipt does not know its document yet, only the name ties the two.
    const isOurs = row.register_uuid === uuid || 'externalId' in report
    if (news === undefined || !isOurs) return
    await applyAsRead(unit, row, { receiptId, attempt, uuid, news })
  } catch (error) {
    if (!(error instanceof RegisterSilent || error instanceof RegisterRefused)) throw error
    ctx.log.warn({ receipt: receiptId, err: error }, 'report not fetched; it is asked for again')
  }
}

export const receiveFiscalCallback = afterLooking<typeof route, Parts>(route, async (called) => {
  const asked = await askedAbout(called)
  if (asked !== undefined) await learn(called, asked)
  return reply(200, 'OK')
})
