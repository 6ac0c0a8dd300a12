// What every list of the console has: its filters, a table, what is new since it was read, the next page, a table to take away.

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { type Following, More, type MoreProps, NotRefreshed, Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { useAddress, useGo } from '../frame/address.tsx'
import { type Filter, hasFilter } from '../parts/filters.ts'
import classes from '../parts/parts.module.css'
import { saveText } from '../parts/save.ts'
import { type Column, Table } from '../parts/table.tsx'

export interface ListProps<Row> {
  readonly label: string
  readonly filters: readonly Filter[]
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  readonly rows: readonly Row[] | undefined
  readonly list: MoreProps['list'] & { readonly refetch: () => unknown }
  /** Its first rows, asked for again and again. */
  readonly newest: Following
  /** Rows that came after this list was read. */
  readonly fresh: number
  readonly onAgain: () => void
  readonly none: string
  readonly csv?: { readonly name: string; readonly ask: () => Promise<string> }
}

function Csv({ name, ask }: { readonly name: string; readonly ask: () => Promise<string> }) {
  const { t } = useTranslation('console')
  const save = useMutation({
    mutationFn: ask,
    onSuccess: (text) => saveText(name, text, 'text/csv'),
  })
  return (
    <>
      <Button
        variant="default"
        loading={save.isPending}
        title={t('list.csvHint')}
        onClick={() => save.mutate()}
      >
        {t('list.csv')}
      </Button>
      {save.error !== null && <ErrorPanel error={save.error} />}
    </>
  )
}

function Bar<Row>({ props, children }: { props: ListProps<Row>; children?: ReactNode }) {
  const { t } = useTranslation('console')
  const { fresh, onAgain, csv, newest } = props
  return (
    <div className={classes.bar}>
      {newest.error === null ? (
        <span className={classes.soft}>{t('list.refreshed')}</span>
      ) : (
        <NotRefreshed asked={[newest]} />
      )}
      <span role="status">
        {fresh > 0 && (
          <button type="button" className={classes.fresh} onClick={onAgain}>
            {t('list.fresh', { count: fresh })}
          </button>
        )}
      </span>
      {children}
      {csv !== undefined && <Csv {...csv} />}
    </div>
  )
}

function Rows<Row>({ props, rows }: { props: ListProps<Row>; rows: readonly Row[] }) {
  const { t } = useTranslation('console')
  const values = useAddress()
  const go = useGo()
  const { list, filters, label, columns, keyOf } = props
  if (rows.length === 0 && hasFilter(filters, values))
    return (
      <Empty title={t('list.empty')} text={t('list.emptyText')}>
        <Button variant="default" onClick={() => go({ search: {} })}>
          {t('list.clear')}
        </Button>
      </Empty>
    )
  if (rows.length === 0) return <Empty title={t('list.none')} text={props.none} />
  return (
    <>
      <Table label={label} columns={columns} rows={rows} keyOf={keyOf} />
      <More list={list} />
    </>
  )
}

export function List<Row>(props: ListProps<Row>) {
  const { error, refetch, isFetchNextPageError } = props.list
  return (
    <>
      <Bar props={props} />
      <Read asked={{ data: props.rows, error, refetch, isFetchNextPageError }} lines={8}>
        {(rows) => <Rows props={props} rows={rows} />}
      </Read>
    </>
  )
}
