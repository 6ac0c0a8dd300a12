// Dead letters: what a group gave up on. Looked into, sent again, or discarded for a reason that stays on record.

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { busQuery, type Letter, lettersQuery } from '../data/queries.ts'
import { useAddress } from '../frame/address.tsx'
import { Page } from '../frame/page.tsx'
import { FilterForm } from '../parts/filter-form.tsx'
import { type Filter, hasFilter, queryOf } from '../parts/filters.ts'
import { Json } from '../parts/json.tsx'
import classes from '../parts/parts.module.css'
import { type Decision, DecisionDialog } from './decision.tsx'

const FILTERS: readonly Filter[] = [{ name: 'group', kind: 'text' }]

function Entry({
  letter,
  onDecide,
}: {
  readonly letter: Letter
  readonly onDecide: (decision: Decision) => void
}) {
  const { t } = useTranslation('console')
  return (
    <details className={classes.entry}>
      <summary data-row>
        <Moment at={letter.dead_at} />
        <code>{letter.type}</code>
        <span>
          {letter.group}: {letter.error_code ?? letter.error}
        </span>
      </summary>
      <div className={classes.entryBody}>
        <dl className={classes.facts}>
          <div>
            <dt>{t('filter.event')}</dt>
            <dd>
              <code>{letter.event_id}</code>
            </dd>
          </div>
          <div>
            <dt>{t('filter.key')}</dt>
            <dd>
              <code>{letter.key}</code>
            </dd>
          </div>
          <div>
            <dt>{t('letters.attempts')}</dt>
            <dd>{letter.attempts}</dd>
          </div>
          <div>
            <dt>{t('letters.waiting')}</dt>
            <dd>{letter.waiting}</dd>
          </div>
        </dl>
        <h2>{t('letters.error')}</h2>
        <p>{letter.error}</p>
        <h2>{t('order.data')}</h2>
        <Json value={letter.data} label={t('order.data')} />
        <div className={classes.actions}>
          <Button onClick={() => onDecide({ kind: 'redrive', letter })}>
            {t('letters.redrive')}
          </Button>
          <Button
            variant="default"
            color="red"
            onClick={() => onDecide({ kind: 'discard', letter })}
          >
            {t('letters.discard')}
          </Button>
        </div>
      </div>
    </details>
  )
}

/** How many there are: the list stops after its oldest, what is done to all of them does not. */
function useCount(group: string | undefined, shown: number): number {
  const { api } = useFoundation()
  const { data } = useQuery(busQuery(api))
  const groups = data?.groups.filter((one) => (group ?? '') === '' || one.group === group) ?? []
  return Math.max(
    shown,
    groups.reduce((all, one) => all + one.dead_letters, 0),
  )
}

export function Letters() {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const address = useAddress()
  const query = queryOf(FILTERS, address)
  const letters = useQuery(lettersQuery(api, query))
  const [decision, setDecision] = useState<Decision | undefined>(undefined)
  const isFiltered = hasFilter(FILTERS, address)
  const shown = letters.data?.items.length ?? 0
  const count = useCount(address.group, shown)
  return (
    <Page title={t('letters.title')} intro={t('letters.intro')}>
      <FilterForm filters={FILTERS} label={() => t('letters.group')} />
      {shown > 0 && (
        <div className={classes.bar}>
          <span>{count > shown ? t('letters.shown', { shown, count }) : count}</span>
          <Button
            variant="default"
            onClick={() => setDecision({ kind: 'all', count, group: address.group })}
          >
            {t('letters.redriveAll')}
          </Button>
        </div>
      )}
      <Read asked={letters} lines={6} isFollowed>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              title={isFiltered ? t('list.empty') : t('list.none')}
              text={isFiltered ? t('list.emptyText') : t('letters.none')}
            />
          ) : (
            items.map((letter) => (
              <Entry
                key={`${letter.group} ${letter.event_id}`}
                letter={letter}
                onDecide={setDecision}
              />
            ))
          )
        }
      </Read>
      {decision !== undefined && (
        <DecisionDialog decision={decision} onClose={() => setDecision(undefined)} />
      )}
    </Page>
  )
}
