// What the person was told, as by mail.

import { Button } from '@mantine/core'
import { readNotification } from '@rialto/contracts/notifications/http.ts'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { More, Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { type Notice, noticesQuery } from '../data/queries.ts'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'
import classes from './owned.module.css'

function useRead() {
  const { api } = useFoundation()
  const queries = useQueryClient()
  const { t } = useTranslation('store')
  const announce = useAnnounce()
  return useMutation({
    mutationFn: (id: string) => api.call(readNotification, { params: { notification_id: id } }),
    onSuccess: () => announce(t('news.done')),
    onSettled: () => queries.invalidateQueries({ queryKey: ['notices'] }),
  })
}

function Entry({ notice }: { readonly notice: Notice }) {
  const { t } = useTranslation('store')
  const read = useRead()
  const { notification_id: id, title, text, order_id: orderId } = notice
  const isUnread = notice.read_at === undefined
  return (
    <li className={classes.notice} data-unread={isUnread}>
      <div>
        <h2>
          {title}
          {isUnread && <span className={classes.unread}>{t('news.unread')}</span>}
        </h2>
        <p>{text}</p>
        {read.error !== null && <ErrorPanel error={read.error} />}
        <p className={classes.soft}>
          <Moment at={notice.created_at} />
          {orderId !== undefined && (
            <Link to="/orders/$orderId" params={{ orderId }} className={classes.link ?? ''}>
              {t('news.order')}
            </Link>
          )}
        </p>
      </div>
      {isUnread && (
        <Button
          variant="subtle"
          loading={read.isPending}
          onClick={() => read.mutate(id)}
          aria-label={`${t('news.read')}: ${title}`}
        >
          {t('news.read')}
        </Button>
      )}
    </li>
  )
}

function List() {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const list = useInfiniteQuery(noticesQuery(api, useLanguage()))
  return (
    <Read asked={list} lines={6}>
      {({ pages }) => {
        const notices = pages.flatMap(({ items }) => items)
        if (notices.length === 0)
          return <Empty title={t('news.empty')} text={t('news.emptyText')} />
        return (
          <>
            <ul className={classes.notices}>
              {notices.map((notice) => (
                <Entry key={notice.notification_id} notice={notice} />
              ))}
            </ul>
            <More list={list} />
          </>
        )
      }}
    </Read>
  )
}

export function News() {
  const { t } = useTranslation('store')
  return (
    <SignedIn>
      <Page title={t('news.title')}>
        <List />
      </Page>
    </SignedIn>
  )
}
