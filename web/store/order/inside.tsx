// The inside of one's own order: every message that was exchanged for it, beside what is specified.

import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { LivingDiagram } from '../../ui/diagram/diagram.tsx'
import { flowQuery } from '../../ui/diagram/record.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { Read } from '../../ui/parts/read.tsx'
import { Empty } from '../../ui/parts/states.tsx'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'

function Inside({ orderId }: { readonly orderId: string }) {
  const { t } = useTranslation('store')
  const { api } = useFoundation()
  const flow = useQuery(flowQuery(api, orderId))
  return (
    <Read asked={flow} lines={8} isFollowed>
      {(data) =>
        data === null ? (
          <Empty title={t('order.noRecord')} text={t('order.noRecordText')} />
        ) : (
          <LivingDiagram record={data} />
        )
      }
    </Read>
  )
}

export function InsidePage() {
  const { t } = useTranslation('store')
  const { orderId } = useParams({ from: '/orders/$orderId/inside' })
  return (
    <SignedIn>
      <Page
        title={t('order.inside')}
        aside={
          <Link to="/orders/$orderId" params={{ orderId }}>
            {t('order.title')}
          </Link>
        }
      >
        <Inside orderId={orderId} />
      </Page>
    </SignedIn>
  )
}
