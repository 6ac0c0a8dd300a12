import { useRouterState } from '@tanstack/react-router'

/**
 * Where the reader is, to be led back to after signing in: with what the address says besides, such as that they come from the
 * provider's page. The secret of a link does not go from one address into another.
 */
export const useBack = (): string =>
  useRouterState({
    select: ({ location: { pathname, searchStr } }) =>
      /[?&]token=/.test(searchStr) ? pathname : pathname + searchStr,
  })
