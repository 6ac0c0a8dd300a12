import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './frame.module.css'

export interface PageProps {
  readonly title: string
  readonly intro?: string
  /** Beside the heading. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** A screen with its heading, which is the document's title too. */
export function Page({ title, intro, aside, children }: PageProps) {
  const { t } = useTranslation('console')
  useEffect(() => {
    document.title = `${title} · Rialto ${t('title')}`
  }, [title, t])
  return (
    <>
      <div className={classes.head}>
        <h1>{title}</h1>
        {aside}
      </div>
      {intro !== undefined && <p className={classes.intro}>{intro}</p>}
      {children}
    </>
  )
}
