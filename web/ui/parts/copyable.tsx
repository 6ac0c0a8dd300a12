import { CopyButton } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import classes from './copyable.module.css'

/** Something to hand on to support: readable, selectable, and copied by one press. */
export function Copyable({ label, text }: { readonly label: string; readonly text: string }) {
  const { t } = useTranslation()
  return (
    <span className={classes.line}>
      {label}: <code className={classes.text}>{text}</code>
      <CopyButton value={text} timeout={2_000}>
        {({ copied, copy }) => (
          <button type="button" className={classes.button} onClick={copy}>
            {copied ? t('copy.done') : t('copy.do')}
            <span className={classes.hidden}> {label}</span>
          </button>
        )}
      </CopyButton>
    </span>
  )
}
