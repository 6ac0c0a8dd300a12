import { useTranslation } from 'react-i18next'
import classes from './badge.module.css'
import { useLiveState } from './live.tsx'

/** Whether what is shown follows by itself. Said in words, not by colour alone. */
export function LiveBadge() {
  const { t } = useTranslation()
  const state = useLiveState()
  // A connection that was never there is not missed.
  if (state === 'off' || state === 'connecting') return null
  return (
    <span className={classes.badge} data-state={state} role="status" title={t(`live.${state}Hint`)}>
      <span className={classes.dot} aria-hidden="true" />
      <span className={classes.text}>{t(`live.${state}`)}</span>
    </span>
  )
}
