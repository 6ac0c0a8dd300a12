// A failure in three parts: what happened, whether the money is safe, what to do now. Whoever asks for help has the code and
// the trace id to copy.

import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { asFailure, NO_ANSWER } from '../api/failure.ts'
import { wordsOf } from '../words/problem-words.ts'
import { useLanguage } from '../words/use-language.ts'
import { Copyable } from './copyable.tsx'
import classes from './error-panel.module.css'

export interface ErrorPanelProps {
  readonly error: unknown
  readonly onRetry?: () => void
  /** What this page offers to do about it. */
  readonly children?: ReactNode
}

const TOO_MANY = 429

/** A refusal stays one however often it is asked for. */
function mayHelp(error: unknown): boolean {
  const failure = asFailure(error)
  if (failure === undefined || failure.isPassing) return true
  const { status } = failure.problem
  return status === TOO_MANY || status >= 500
}

function useWords(error: unknown) {
  const { t } = useTranslation()
  const language = useLanguage()
  const problem = asFailure(error)?.problem
  if (problem === undefined)
    return { what: t('error.broken'), money: t('error.brokenMoney'), now: t('error.brokenNow') }
  const money = t(`error.${problem.money}`)
  if (problem.code === NO_ANSWER)
    return { what: t('offline.title'), money, now: t('offline.action') }
  const { what, now } = wordsOf(problem, language)
  const wait = problem.retry_after
  const after = wait === undefined ? '' : ` ${t('error.retryAfter', { count: wait })}`
  return { what, money, now: now + after }
}

export function ErrorPanel({ error, onRetry, children }: ErrorPanelProps) {
  const { t } = useTranslation()
  const { what, money, now } = useWords(error)
  const problem = asFailure(error)?.problem
  return (
    <section className={classes.panel} role="alert">
      <dl className={classes.parts}>
        <dt>{t('error.what')}</dt>
        <dd className={classes.what}>{what}</dd>
        <dt>{t('error.money')}</dt>
        <dd>{money}</dd>
        <dt>{t('error.now')}</dt>
        <dd>{now}</dd>
      </dl>
      <div className={classes.actions}>
        {onRetry !== undefined && mayHelp(error) && (
          <Button variant="default" onClick={onRetry}>
            {t('error.retry')}
          </Button>
        )}
        {children}
      </div>
      {problem !== undefined && (
        <div className={classes.reference}>
          <Copyable label={t('error.code')} text={problem.code} />
          {problem.trace_id !== undefined && (
            <Copyable label={t('error.trace')} text={problem.trace_id} />
          )}
        </div>
      )}
    </section>
  )
}
