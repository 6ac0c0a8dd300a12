// The library. It follows by itself: a game that arrives slides in and is said politely.

import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { More, Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { type LibraryItem, libraryQuery } from '../data/queries.ts'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'
import { Cover } from '../shop/cover.tsx'
import classes from './owned.module.css'

/** Ids of what has come since the screen was opened. */
function useNew(items: readonly LibraryItem[] | undefined): ReadonlySet<string> {
  const first = useRef<ReadonlySet<string>>(undefined)
  if (items !== undefined) first.current ??= new Set(items.map(({ item_id: id }) => id))
  const known = first.current
  if (items === undefined || known === undefined) return new Set()
  return new Set(items.map(({ item_id: id }) => id).filter((id) => !known.has(id)))
}

function Item({ item, isNew }: { readonly item: LibraryItem; readonly isNew: boolean }) {
  const { t } = useTranslation('store')
  const announce = useAnnounce()
  const [isAsked, setAsked] = useState(false)
  const { product_id: productId, order_id: orderId, title } = item
  return (
    <li className={classes.item} data-new={isNew}>
      <Cover productId={productId} />
      <h2>
        <Link to="/games/$productId" params={{ productId }}>
          {title}
        </Link>
      </h2>
      <p className={classes.soft}>
        {item.acquisition_type === 'gift' ? t('library.gift') : t('library.since')}{' '}
        <Moment at={item.purchase_date} as="full" />
      </p>
      <div className={classes.row}>
        <Button
          variant="light"
          aria-label={`${t('library.install')}: ${title}`}
          onClick={() => {
            setAsked(true)
            announce(t('library.installing'))
          }}
        >
          {t('library.install')}
        </Button>
        <Link to="/orders/$orderId" params={{ orderId }} className={classes.link ?? ''}>
          {t('library.order')}
        </Link>
      </div>
      {isAsked && <p className={classes.soft}>{t('library.installing')}</p>}
    </li>
  )
}

function Items({
  items,
  fresh,
}: {
  readonly items: readonly LibraryItem[]
  readonly fresh: ReadonlySet<string>
}) {
  const { t } = useTranslation('store')
  if (items.length === 0)
    return (
      <Empty title={t('library.empty')} text={t('library.emptyText')}>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('cart.toShop')}</Button>
      </Empty>
    )
  return (
    <ul className={classes.shelf}>
      {items.map((item) => (
        <Item key={item.item_id} item={item} isNew={fresh.has(item.item_id)} />
      ))}
    </ul>
  )
}

function Shelf() {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const announce = useAnnounce()
  const list = useInfiniteQuery(libraryQuery(api))
  const items = list.data?.pages.flatMap((page) => page.items)
  const fresh = useNew(items)
  const said = useRef(new Set<string>())
  useEffect(() => {
    for (const { item_id: id, title } of items ?? [])
      if (fresh.has(id) && !said.current.has(id)) {
        said.current.add(id)
        announce(t('library.arrived', { title }))
      }
  })
  return (
    <Read asked={list} lines={6}>
      {() => (
        <>
          <Items items={items ?? []} fresh={fresh} />
          <More list={list} />
        </>
      )}
    </Read>
  )
}

export function Library() {
  const { t } = useTranslation('store')
  return (
    <SignedIn>
      <Page title={t('library.title')}>
        <Shelf />
      </Page>
    </SignedIn>
  )
}
