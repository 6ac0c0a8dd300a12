import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { Moment } from '../../ui/parts/moment.tsx'
import { Icon, type IconName } from '../../ui/shell/icon.tsx'
import type { Step, StepState } from '../data/steps.ts'
import classes from './order.module.css'

const ICONS: Readonly<Record<StepState, IconName | undefined>> = {
  waiting: undefined,
  working: 'clock',
  done: 'check',
  late: 'clock',
  failed: 'cross',
}

/** Says each change of a step once; what was so when the page was opened is no news. */
function useStepNews(steps: readonly Step[]): void {
  const { t } = useTranslation('store')
  const announce = useAnnounce()
  const known = useRef<ReadonlyMap<string, StepState>>(undefined)
  useEffect(() => {
    const before = known.current
    known.current = new Map(steps.map(({ name, state }) => [name, state]))
    if (before === undefined) return
    for (const { name, state } of steps)
      if (before.get(name) !== state && state !== 'waiting')
        announce(t('step.said', { step: t(`step.${name}`), state: t(`step.${state}`) }))
  }, [steps, announce, t])
}

/** The way of the order: each step with its state in words and the time at which it was done. */
export function Steps({
  steps,
  on,
}: {
  readonly steps: readonly Step[]
  /** When the order was placed. */
  readonly on: string
}) {
  const { t } = useTranslation('store')
  useStepNews(steps)
  return (
    <ol className={classes.steps} aria-label={t('step.title')}>
      {steps.map(({ name, state, at }) => {
        const icon = ICONS[state]
        return (
          <li key={name} className={classes.step} data-state={state} data-step={name}>
            <span className={classes.sign}>
              {icon !== undefined && <Icon name={icon} size={18} />}
            </span>
            <span className={classes.name}>{t(`step.${name}`)}</span>
            <span className={classes.when}>
              {at === undefined ? t(`step.${state}`) : <Moment at={at} as="clock" on={on} />}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
