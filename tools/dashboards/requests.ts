import { type Board, quantileOf, rateOf } from './board.ts'

const REQUESTS = 'rialto_http_requests_answered_total'
const DURATION = 'rialto_http_request_duration_seconds'
const CALLS = 'rialto_client_call_duration_seconds'
const RPC = 'rialto_rpc_call_duration_seconds'

export const requests: Board = {
  uid: 'rialto-requests',
  title: 'Rialto: requests',
  about:
    'What customers see: how many, how fast, how often refused. Counted at each process’s door, by route template.',
  rows: [
    {
      title: 'All',
      panels: [
        {
          title: 'Requests',
          about: 'By service.',
          shows: 'over time',
          unit: 'reqps',
          queries: [{ expr: rateOf(REQUESTS, 'service'), legend: '{{service}}' }],
        },
        {
          title: 'Failed',
          about:
            'Share answered with 5xx, by service. Refusals of customers (4xx) are not failures.',
          shows: 'over time',
          unit: 'percentunit',
          queries: [
            {
              expr: `${rateOf(REQUESTS, 'service', '{status=~"5.."}')} / ${rateOf(REQUESTS, 'service')} or 0 * ${rateOf(REQUESTS, 'service')}`,
              legend: '{{service}}',
            },
          ],
        },
        {
          title: 'Time to the answer',
          about: 'Over all requests.',
          shows: 'over time',
          unit: 's',
          queries: [0.5, 0.95, 0.99].map((q) => ({
            expr: `histogram_quantile(${q}, sum by (le) (rate(${DURATION}_bucket[$__rate_interval])))`,
            legend: `${q * 100} of 100`,
          })),
        },
      ],
    },
    {
      title: 'By route',
      panels: [
        {
          title: 'Requests',
          about: 'The ten most used routes.',
          shows: 'over time',
          unit: 'reqps',
          queries: [
            {
              expr: `topk(10, ${rateOf(REQUESTS, 'method, route')})`,
              legend: '{{method}} {{route}}',
            },
          ],
        },
        {
          title: 'Time to the answer, 99 of 100',
          about: 'The ten slowest routes. Starting a payment waits for the provider.',
          shows: 'over time',
          unit: 's',
          queries: [
            {
              expr: `topk(10, ${quantileOf(0.99, DURATION, 'method, route')})`,
              legend: '{{method}} {{route}}',
            },
          ],
        },
        {
          title: 'Answers by status',
          about: '429 is a limit, 503 something that is down.',
          shows: 'over time',
          unit: 'reqps',
          queries: [{ expr: rateOf(REQUESTS, 'status'), legend: '{{status}}' }],
        },
        {
          title: 'Problems by code',
          about: 'docs/errors.md says what each means; kernel.internal must stay at 0.',
          shows: 'over time',
          unit: 'reqps',
          queries: [
            {
              expr: rateOf('rialto_http_problems_answered_total', 'service, code'),
              legend: '{{code}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Between services',
      panels: [
        {
          title: 'Calls',
          about: 'Typed clients, by who asks whom.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            {
              expr: rateOf(`${CALLS}_count`, 'caller, service, outcome'),
              legend: '{{caller}} → {{service}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Time to the answer, 99 of 100',
          about: 'By operation.',
          shows: 'over time',
          unit: 's',
          queries: [
            {
              expr: quantileOf(0.99, CALLS, 'service, operation'),
              legend: '{{service}} {{operation}}',
            },
          ],
        },
        {
          title: 'gRPC',
          about: 'Answered calls, by outcome.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            {
              expr: rateOf(`${RPC}_count`, 'service, method, outcome'),
              legend: '{{service}} {{method}} {{outcome}}',
            },
          ],
        },
        {
          title: 'gRPC, time to the answer, 99 of 100',
          about: 'An order waits for its price.',
          shows: 'over time',
          unit: 's',
          queries: [
            { expr: quantileOf(0.99, RPC, 'service, method'), legend: '{{service}} {{method}}' },
          ],
        },
        {
          title: 'Pushed to',
          about: 'Open WebSockets.',
          shows: 'over time',
          unit: 'short',
          queries: [{ expr: 'sum(rialto_gateway_pushed_connections)', legend: 'connections' }],
        },
      ],
    },
  ],
}
