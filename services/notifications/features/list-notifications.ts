import type { AccountsClient } from '@rialto/contracts/accounts/client.ts'
import { listNotifications as route } from '@rialto/contracts/notifications/http.ts'
import { isoInstant } from '@rialto/kernel/pure/time.ts'
import { decodeCursor, pageOf } from '@rialto/kernel/service/cursor.ts'
import { query, reply } from '@rialto/kernel/service/feature.ts'
import {
  countUnread,
  type NoticeRow,
  type OrderNoticeRow,
  selectNotices,
  selectNoticesOfOrder,
} from '../store.ts'
import { shortOf } from '../templates/all.ts'
import type { Locale } from '../templates/letter.ts'
import { writeShort } from '../templates/render.ts'

const DEFAULT_LIMIT = 50

function mailOf({ mail, mail_settled_at: at }: Partial<OrderNoticeRow>) {
  if (mail === undefined || mail === null) return {}
  const settled = at === undefined || at === null ? {} : { settled_at: isoInstant(at) }
  return { mail: { status: mail, ...settled } }
}

function viewOf(row: NoticeRow & Partial<OrderNoticeRow>, locale: Locale) {
  const words = shortOf(row.kind)
  if (words === undefined) throw new Error(`no words for ${row.kind}`)
  return {
    notification_id: row.notice_id,
    kind: row.kind,
    ...writeShort(words[locale], row.facts, locale),
    ...(row.order_id === null ? {} : { order_id: row.order_id }),
    created_at: isoInstant(row.created_at),
    ...(row.read_at === null ? {} : { read_at: isoInstant(row.read_at) }),
    ...mailOf(row),
  }
}

export const listNotifications = query<typeof route, { readonly accounts: AccountsClient }>(
  route,
  async ({ input, caller, read, clients }) => {
    const { limit = DEFAULT_LIMIT, cursor, order_id: orderId } = input.query
    const from = decodeCursor(cursor, ['instant', 'text']) ?? null
    const locale =
      input.query.locale ??
      (await clients.accounts.getUser({ params: { user_id: caller.id } })).locale
    const { rows, unread } = await read(async (tx) => {
      const list =
        orderId === undefined
          ? selectNotices(caller.id, from, limit + 1)
          : selectNoticesOfOrder({ userId: caller.id, orderId }, from, limit + 1)
      const [found, count] = await Promise.all([tx.many(list), tx.one(countUnread(caller.id))])
      return { rows: found, unread: count.unread }
    })
    const { shown, next } = pageOf(rows, limit, (row) => [row.created_at, row.notice_id])
    return reply(200, {
      items: shown.map((row) => viewOf(row, locale)),
      unread,
      ...next,
    })
  },
)
