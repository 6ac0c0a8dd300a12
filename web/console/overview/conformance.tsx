// How runs compare with their diagrams: counted for each, what differed most often, and the runs themselves.

import type { DeviationType } from '@rialto/flows/checker/verdict.ts'
import { MINUTE } from '@rialto/kernel/pure/time.ts'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { en } from '../../ui/diagram/words/en.ts'
import { ru } from '../../ui/diagram/words/ru.ts'
import { tagOf } from '../../ui/format/money.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment, useNow } from '../../ui/parts/moment.tsx'
import { More, Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { useLanguage } from '../../ui/words/use-language.ts'
import { conformanceQuery, type FlowRow, flowsQuery } from '../data/queries.ts'
import { Go, useAddress } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { FilterForm } from '../parts/filter-form.tsx'
import { type Filter, queryOf } from '../parts/filters.ts'
import classes from '../parts/parts.module.css'
import { type Column, moodOf, Pill, ShortId, Table } from '../parts/table.tsx'
import { isPeriod, type Period, sinceOf } from './since.ts'

const PERIODS: readonly Period[] = ['today', 'week', 'month']
const VERDICTS = ['conforms', 'running', 'deviates', 'inconclusive'] as const
const FILTERS: readonly Filter[] = [{ name: 'verdict', kind: 'choice', choices: VERDICTS }]

const useDiagramWords = () => (useLanguage() === 'ru' ? ru : en)

function useNames(): (diagram: string) => string {
  const { t } = useTranslation('console')
  return (diagram) => (diagram === 'purchase' ? t('conformance.flows.purchase') : diagram)
}

type Counted = Parameters<typeof Of>[0]['one']

function Of({
  one,
}: {
  readonly one: {
    readonly diagram: string
    readonly runs: number
    readonly conforms: number
    readonly deviates: number
    readonly running: number
    readonly inconclusive: number
    readonly unjudged: number
    readonly deviations: readonly {
      readonly type: string
      readonly message?: string
      readonly runs: number
      readonly flow: string
    }[]
  }
}) {
  const { t } = useTranslation('console')
  const words = useDiagramWords()
  const nameOf = useNames()
  const over = one.conforms + one.deviates
  const percent = new Intl.NumberFormat(tagOf(useLanguage()), {
    ...({ style: 'percent', maximumFractionDigits: 1 } as const),
  })
  const parts = (['conforms', 'deviates', 'running', 'inconclusive', 'unjudged'] as const).filter(
    (name) => one[name] > 0,
  )
  return (
    <section>
      <h2 className={classes.section}>{nameOf(one.diagram)}</h2>
      <div className={classes.cards}>
        <div className={classes.card}>
          <h3>{t('conformance.share')}</h3>
          <p className={classes.figure}>{over === 0 ? '—' : percent.format(one.conforms / over)}</p>
          <p className={classes.how}>{t('conformance.shareHow')}</p>
        </div>
        <div className={classes.card}>
          <h3>{t('conformance.runs')}</h3>
          <p className={classes.figure}>{one.runs}</p>
          <p className={classes.how}>
            {parts.map((name) => `${t(`conformance.${name}`)}: ${one[name]}`).join(', ')}
          </p>
        </div>
      </div>
      {one.deviations.length > 0 && (
        <>
          <h3>{t('conformance.top')}</h3>
          <Table
            label={t('conformance.top')}
            rows={one.deviations}
            keyOf={({ type, message }) => `${type} ${message ?? ''}`}
            columns={[
              { name: t('conformance.message'), cell: ({ message }) => message ?? '—' },
              {
                name: t('conformance.how'),
                cell: ({ type }) => words.marks[type as DeviationType] ?? type,
              },
              { name: t('conformance.times'), isNumber: true, cell: ({ runs }) => runs },
              {
                name: t('conformance.last'),
                cell: ({ flow }) => (
                  <Go to={`/orders/${flow}`} search={{ tab: 'diagram' }}>
                    <ShortId id={flow} />
                  </Go>
                ),
              },
            ]}
          />
        </>
      )}
    </section>
  )
}

function Runs() {
  const { t } = useTranslation('console')
  const words = useDiagramWords()
  const nameOf = useNames()
  const { api } = useFoundation()
  const list = useInfiniteQuery(flowsQuery(api, queryOf(FILTERS, useAddress())))
  const columns: Column<FlowRow>[] = [
    {
      name: t('filter.order'),
      cell: ({ flow }) => (
        <Go to={`/orders/${flow}`} search={{ tab: 'diagram' }} data-row>
          <ShortId id={flow} />
        </Go>
      ),
    },
    { name: t('order.diagram'), cell: ({ diagram }) => nameOf(diagram) },
    { name: t('conformance.began'), cell: ({ first_at: at }) => <Moment at={at} /> },
    {
      name: t('filter.verdict'),
      cell: ({ verdict }) =>
        verdict === undefined ? (
          t('conformance.unjudged')
        ) : (
          <Pill mood={moodOf(verdict)}>{words.verdict[verdict]}</Pill>
        ),
    },
    {
      name: t('conformance.how'),
      cell: ({ deviations, seen, required }) =>
        deviations.length > 0
          ? t('conformance.differences', { count: deviations.length })
          : seen === undefined
            ? '—'
            : t('conformance.required', { seen, required: required ?? 0 }),
    },
  ]
  return (
    <>
      <h2 className={classes.section}>{t('conformance.list')}</h2>
      <FilterForm
        filters={FILTERS}
        label={() => t('filter.verdict')}
        choice={(_, value) => words.verdict[value as (typeof VERDICTS)[number]]}
      />
      <Read asked={list} lines={5} isFollowed>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items)
          if (rows.length === 0) return <p className={classes.soft}>{t('conformance.none')}</p>
          return (
            <>
              <Table
                label={t('conformance.list')}
                columns={columns}
                rows={rows}
                keyOf={(row) => row.flow}
              />
              <More list={list} />
            </>
          )
        }}
      </Read>
    </>
  )
}

export function Conformance() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const address = useAddress()
  const period = isPeriod(address.period) ? address.period : 'week'
  const since = sinceOf(period, useNow(MINUTE))
  const conformance = useQuery(conformanceQuery(api, since))
  return (
    <Page title={t('conformance.title')} intro={t('conformance.intro')}>
      <nav className={classes.tabs} aria-label={t('conformance.period')}>
        {PERIODS.map((one) => (
          <Go
            key={one}
            to="/conformance"
            search={{ ...address, period: one }}
            className={classes.tab}
            aria-current={one === period ? 'page' : undefined}
          >
            {t(`conformance.${one}`)}
          </Go>
        ))}
      </nav>
      <Read asked={conformance} lines={4} isFollowed>
        {({ diagrams }) =>
          diagrams.length === 0 ? (
            <Empty title={t('list.none')} text={t('conformance.none')} />
          ) : (
            diagrams.map((one: Counted) => <Of key={one.diagram} one={one} />)
          )
        }
      </Read>
      <Runs />
    </Page>
  )
}
