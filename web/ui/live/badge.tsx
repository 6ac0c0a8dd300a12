import { useTranslation } from 'react-i18next'
import classes from './badge.module.css'
import { useLiveState } from './live.tsx'

/** Whether what is shown follows by itself. Said in words, not by colour alone. */
export function LiveBadge() {
  const { t } = useTranslation()
  const state = useLiveState()
  if (state === 'off') return null
  const name = state === 'connecting' ? 'reconnecting' : state
  if (state === 'connecting') return null
  return (
    <span className={classes.badge} data-state={name} role="status" title={t(`live.${name}Hint`)}>
      <span className={classes.dot} aria-hidden="true" />
      <span className={classes.text}>{t(`live.${name}`)}</span>
    </span>
  )
}
