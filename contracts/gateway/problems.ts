import { problems } from '@rialto/kernel/pure/problem.ts'

export const gatewayProblems = problems('gateway', {
  upgrade_required: [
    426,
    'Only a WebSocket is served here',
    'Connect with a WebSocket client, and send a hello with an access token as the first frame.',
  ],
  origin_not_allowed: [
    403,
    'Pages of this origin may not connect',
    'Connect from the platform’s own pages, or from a program that is no browser.',
  ],
})
