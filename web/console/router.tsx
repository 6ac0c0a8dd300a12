// The console's addresses. Every filter, tab and opened message stands in them.

import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { ErrorPanel } from '../ui/parts/error-panel.tsx'
import { Loading } from '../ui/parts/states.tsx'
import { Frame } from './frame/frame.tsx'
import { Gone } from './frame/gone.tsx'
import { Overview } from './overview/overview.tsx'

/** A screen that failed while it was drawn. */
const Broken = ({ error }: ErrorComponentProps) => (
  <ErrorPanel error={error} onRetry={() => location.reload()} />
)

const root = createRootRoute({ component: Frame, notFoundComponent: Gone, errorComponent: Broken })

/** Search parameters are texts of bounded length; what else stands there is left out. */
const texts = (search: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(search).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value).slice(0, 200)]]
        : [],
    ),
  )

const screens = [
  ['/orders', () => import('./lists/orders.tsx'), 'Orders'],
  ['/orders/$orderId', () => import('./order/order.tsx'), 'OrderPage'],
  ['/payments', () => import('./lists/payments.tsx'), 'Payments'],
  ['/events', () => import('./log/events.tsx'), 'Events'],
  ['/dead-letters', () => import('./log/letters.tsx'), 'Letters'],
  ['/conformance', () => import('./overview/conformance.tsx'), 'Conformance'],
] as const

const children = [
  createRoute({ getParentRoute: () => root, path: '/', component: Overview }),
  ...screens.map(([path, load, name]) =>
    createRoute({
      getParentRoute: () => root,
      path,
      component: lazyRouteComponent(
        load as unknown as () => Promise<Record<string, () => null>>,
        name,
      ),
      validateSearch: texts,
    }),
  ),
]

export const router = createRouter({
  routeTree: root.addChildren(children),
  basepath: '/console',
  scrollRestoration: true,
  defaultPendingComponent: Loading,
  // Within the frame, so that the other screens stay in reach.
  defaultErrorComponent: Broken,
  // Ids that look like numbers stay texts.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const words = new URLSearchParams(texts(search))
    return words.size === 0 ? '' : `?${words}`
  },
})
