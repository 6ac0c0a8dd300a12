import { type ReactNode, useEffect } from 'react'
import classes from './page.module.css'

export interface PageProps {
  readonly title: string
  /** Beside the heading. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** A screen with its heading, which is the document's title too. */
export function Page({ title, aside, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Rialto`
  }, [title])
  return (
    <>
      <div className={classes.head}>
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </>
  )
}
