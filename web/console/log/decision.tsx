// What is about to happen to a dead letter, said before it does.

import { Button } from '@mantine/core'
import { discardDeadLetter, REASON, redriveDeadLetters } from '@rialto/contracts/observer/http.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFoundation } from '../../ui/foundation.tsx'
import { useAnnounce } from '../../ui/parts/announcer.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import type { Letter } from '../data/queries.ts'
import { Dialog } from '../frame/dialog.tsx'
import classes from '../parts/parts.module.css'

export type Decision =
  | { readonly kind: 'redrive' | 'discard'; readonly letter: Letter }
  | { readonly kind: 'all'; readonly count: number; readonly group: string | undefined }

function useDecide(decision: Decision, onDone: () => void) {
  const { t } = useTranslation('console')
  const { api } = useFoundation()
  const queries = useQueryClient()
  const announce = useAnnounce()
  return useMutation({
    mutationFn: async (reason: string): Promise<string> => {
      if (decision.kind === 'all') {
        const body = decision.group === undefined ? {} : { group: decision.group }
        const { redriven } = await api.call(redriveDeadLetters, { body })
        return t('letters.redriven', { count: redriven })
      }
      const { group, event_id } = decision.letter
      if (decision.kind === 'discard') {
        await api.call(discardDeadLetter, { body: { group, event_id, reason } })
        return t('letters.discarded')
      }
      const { redriven } = await api.call(redriveDeadLetters, { body: { group, event_id } })
      return t('letters.redriven', { count: redriven })
    },
    onSuccess: (told) => {
      announce(told)
      onDone()
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['letters'] }),
  })
}

export function DecisionDialog({
  decision,
  onClose,
}: {
  readonly decision: Decision
  readonly onClose: () => void
}) {
  const { t } = useTranslation('console')
  const id = useId()
  const [reason, setReason] = useState('')
  const decide = useDecide(decision, onClose)
  const isDiscard = decision.kind === 'discard'
  const title =
    decision.kind === 'all'
      ? t('letters.redriveAllAsk', { count: decision.count })
      : t(isDiscard ? 'letters.discardAsk' : 'letters.redriveAsk', { group: decision.letter.group })
  const isReady = !isDiscard || reason.trim().length >= REASON.minLength
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{t(isDiscard ? 'letters.discardText' : 'letters.redriveText')}</p>
      {isDiscard && (
        <>
          <label htmlFor={id}>{t('letters.reason')}</label>
          <textarea
            id={id}
            className={classes.area}
            value={reason}
            maxLength={REASON.maxLength}
            aria-describedby={`${id}-hint`}
            onChange={({ target }) => setReason(target.value)}
          />
          <p id={`${id}-hint`} className={classes.soft}>
            {t('letters.reasonHint')}
          </p>
        </>
      )}
      {decide.error !== null && <ErrorPanel error={decide.error} />}
      <div className={classes.actions}>
        <Button
          {...(isDiscard ? { color: 'red' } : {})}
          disabled={!isReady}
          loading={decide.isPending}
          onClick={() => decide.mutate(reason.trim())}
        >
          {t(
            isDiscard
              ? 'letters.discard'
              : decision.kind === 'all'
                ? 'letters.redriveAll'
                : 'letters.redrive',
          )}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('letters.cancel')}
        </Button>
      </div>
    </Dialog>
  )
}
