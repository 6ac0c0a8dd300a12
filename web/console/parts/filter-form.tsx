// The filters of a list. They are applied as they are chosen, texts on Enter or when the field is left, and stand in the address.

import { Button } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useAddress, useGo } from '../frame/address.tsx'
import { type Filter, hasFilter, isGood, type Values } from './filters.ts'
import classes from './parts.module.css'

export interface FilterFormProps {
  readonly filters: readonly Filter[]
  readonly label: (filter: Filter) => string
  readonly choice?: (filter: Filter, value: string) => string
}

function Field({
  filter,
  props,
  value,
  isFirst,
  onValue,
}: {
  readonly filter: Filter
  readonly props: FilterFormProps
  readonly value: string
  readonly isFirst: boolean
  readonly onValue: (value: string) => void
}) {
  const { t } = useTranslation('console')
  const id = useId()
  const isBad = !isGood(filter, value)
  const fault = filter.kind === 'amount' ? t('filter.badAmount') : t('filter.bad')
  const common = {
    id,
    className: classes.input,
    'aria-invalid': isBad || undefined,
    'aria-describedby': isBad ? `${id}-fault` : undefined,
  }
  return (
    <div className={classes.field}>
      <label htmlFor={id}>{props.label(filter)}</label>
      {filter.kind === 'choice' ? (
        <select {...common} value={value} onChange={({ target }) => onValue(target.value)}>
          <option value="">{t('list.any')}</option>
          {filter.choices?.map((one) => (
            <option key={one} value={one}>
              {props.choice?.(filter, one) ?? one}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          key={value}
          type={filter.kind === 'day' ? 'date' : 'text'}
          inputMode={filter.kind === 'amount' ? 'decimal' : undefined}
          data-search={isFirst || undefined}
          defaultValue={value}
          spellCheck={false}
          autoComplete="off"
          onBlur={({ target }) => target.value.trim() !== value && onValue(target.value.trim())}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onValue(event.currentTarget.value.trim())
          }}
        />
      )}
      {isBad && (
        <p id={`${id}-fault`} className={classes.fault}>
          {fault}
        </p>
      )}
    </div>
  )
}

export function FilterForm(props: FilterFormProps) {
  const { t } = useTranslation('console')
  const values: Values = useAddress()
  const go = useGo()
  const { filters } = props
  return (
    <search className={classes.filters} aria-label={t('list.filters')}>
      {filters.map((filter, n) => (
        <Field
          key={filter.name}
          filter={filter}
          props={props}
          isFirst={n === 0}
          value={values[filter.name] ?? ''}
          onValue={(value) => go({ search: { ...values, [filter.name]: value } })}
        />
      ))}
      {hasFilter(filters, values) && (
        <Button
          className={classes.clear}
          variant="subtle"
          px="xs"
          onClick={() => go({ search: {} })}
        >
          {t('list.clear')}
        </Button>
      )}
    </search>
  )
}
