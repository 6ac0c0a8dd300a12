// The inside of one's own order: every message that was exchanged for it, beside what is specified.

import { type FlowRecord, getFlow } from '@rialto/contracts/observer/http.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { LivingDiagram } from '../../ui/diagram/diagram.tsx'
import { useFoundation } from '../../ui/foundation.tsx'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'
import { Loading } from '../../ui/parts/states.tsx'
import { SignedIn } from '../frame/guard.tsx'
import { Page } from '../frame/page.tsx'

const LIVE_MS = 1_000
const QUIET_MS = 10_000

/** Where nothing is new the answer is empty, and the last one stays. */
function useRecord(orderId: string) {
  const { api } = useFoundation()
  return useQuery({
    queryKey: ['flow', orderId],
    queryFn: async ({ client, queryKey }): Promise<FlowRecord> => {
      const last = client.getQueryData<FlowRecord>(queryKey)
      const known = last === undefined ? {} : { query: { known: last.revision } }
      const answer = await api.call(getFlow, { params: { key: orderId }, ...known })
      return (answer as FlowRecord | undefined) ?? (last as FlowRecord)
    },
    refetchInterval: ({ state }) => (state.data?.quiet === true ? QUIET_MS : LIVE_MS),
  })
}

function Inside({ orderId }: { readonly orderId: string }) {
  const { data, error, refetch } = useRecord(orderId)
  if (data !== undefined) return <LivingDiagram record={data} />
  return error === null ? (
    <Loading lines={8} />
  ) : (
    <ErrorPanel error={error} onRetry={() => void refetch()} />
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
