// The store's addresses. What is not needed to see the shop is loaded when somebody goes there.

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { Loading } from '../ui/parts/states.tsx'
import { Broken } from './frame/broken.tsx'
import { Frame } from './frame/frame.tsx'
import { Gone } from './frame/gone.tsx'
import { Shop } from './shop/shop.tsx'

const root = createRootRoute({ component: Frame, notFoundComponent: Gone, errorComponent: Broken })

/** A search parameter that may be left out; anything but a text is. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 100) : undefined

export interface ShopSearch {
  readonly q?: string
  readonly genre?: string
}

export interface BackSearch {
  /** Where to go after signing in, within the store. */
  readonly back?: string
}

export interface ReturnSearch {
  /** The buyer comes from the provider's page; whether they have paid there is not known by that. */
  readonly returned?: 1
}

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: string })

const BACK_MAX = 500

/** Only a path of ours, with its search: an address in a link must not lead out of the store. */
const backOf = ({ back }: Record<string, unknown>): BackSearch =>
  typeof back === 'string' && back.length <= BACK_MAX && /^\/(?!\/)[\w/?=&.%+-]*$/.test(back)
    ? { back }
    : {}

const shop = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: Shop,
  validateSearch: (search): ShopSearch => ({
    ...optional('q', text(search.q)),
    ...optional('genre', text(search.genre)),
  }),
})
const game = createRoute({
  getParentRoute: () => root,
  path: '/games/$productId',
  component: lazyRouteComponent(() => import('./shop/game.tsx'), 'Game'),
})
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./account/sign-in.tsx'), 'SignIn'),
  validateSearch: backOf,
})
const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  component: lazyRouteComponent(() => import('./account/register.tsx'), 'Register'),
  validateSearch: backOf,
})
const tokenOf = (search: Record<string, unknown>): { readonly token?: string } =>
  optional('token', typeof search.token === 'string' ? search.token : undefined)

const verifyEmail = createRoute({
  getParentRoute: () => root,
  path: '/verify-email',
  component: lazyRouteComponent(() => import('./account/verify-email.tsx'), 'VerifyEmail'),
  validateSearch: tokenOf,
})
const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./account/reset-password.tsx'), 'ResetPassword'),
  validateSearch: tokenOf,
})
const cart = createRoute({
  getParentRoute: () => root,
  path: '/cart',
  component: lazyRouteComponent(() => import('./buy/cart.tsx'), 'Cart'),
})
const checkout = createRoute({
  getParentRoute: () => root,
  path: '/checkout',
  component: lazyRouteComponent(() => import('./buy/checkout.tsx'), 'Checkout'),
})
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  component: lazyRouteComponent(() => import('./owned/orders.tsx'), 'Orders'),
})
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('./order/order.tsx'), 'OrderPage'),
  validateSearch: (search): ReturnSearch => (search.returned === 1 ? { returned: 1 } : {}),
})
const receipt = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId/receipt',
  component: lazyRouteComponent(() => import('./order/receipt.tsx'), 'ReceiptPage'),
})
const inside = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId/inside',
  component: lazyRouteComponent(() => import('./order/inside.tsx'), 'InsidePage'),
})
const library = createRoute({
  getParentRoute: () => root,
  path: '/library',
  component: lazyRouteComponent(() => import('./owned/library.tsx'), 'Library'),
})
const news = createRoute({
  getParentRoute: () => root,
  path: '/news',
  component: lazyRouteComponent(() => import('./owned/news.tsx'), 'News'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    ...[shop, game, signIn, register, cart, checkout],
    ...[verifyEmail, resetPassword],
    ...[orders, order, receipt, inside, library, news],
  ]),
  basepath: '/store',
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: Loading,
  // Within the frame, so that the other screens stay in reach.
  defaultErrorComponent: Broken,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
