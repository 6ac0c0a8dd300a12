// The ways to pay, as one choice.

import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { methodsQuery } from '../data/queries.ts'
import classes from './buy.module.css'
import type { Method } from './pay.ts'

export interface Choice {
  readonly method: Method
  readonly save: boolean
}

interface WayProps {
  readonly value: Method
  readonly label: string
  readonly hint: string
  readonly choice: Choice
  readonly onChoose: (choice: Choice) => void
}

const nameOf = (method: Method): string => (typeof method === 'string' ? method : method.saved)

function Way({ value, label, hint, choice, onChoose }: WayProps) {
  return (
    <label className={classes.way}>
      <input
        type="radio"
        name="method"
        value={nameOf(value)}
        checked={nameOf(choice.method) === nameOf(value)}
        onChange={() => onChoose({ ...choice, method: value })}
      />
      <span>{label}</span>
      <span className={classes.hint}>{hint}</span>
    </label>
  )
}

export interface MethodsProps {
  readonly choice: Choice
  readonly onChoose: (choice: Choice) => void
}

export function Methods({ choice, onChoose }: MethodsProps) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const { data } = useQuery(methodsQuery(api))
  const common = { choice, onChoose }
  return (
    <fieldset className={classes.part}>
      <legend>{t('checkout.method')}</legend>
      {data?.items.map(({ payment_method_id: saved, title }) => (
        <Way
          key={saved}
          value={{ saved }}
          label={title}
          hint={t('checkout.savedHint')}
          {...common}
        />
      ))}
      <Way value="card" label={t('checkout.card')} hint={t('checkout.cardHint')} {...common} />
      <Way value="sbp" label={t('checkout.sbp')} hint={t('checkout.sbpHint')} {...common} />
      {choice.method === 'card' && (
        <label className={classes.save}>
          <input
            type="checkbox"
            checked={choice.save}
            onChange={({ target }) => onChoose({ ...choice, save: target.checked })}
          />
          <span>
            {t('checkout.save')}
            <span className={classes.hint}> {t('checkout.saveHint')}</span>
          </span>
        </label>
      )}
    </fieldset>
  )
}
