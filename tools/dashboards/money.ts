import { type Board, orZero, type Panel, quantileOf, rateOf } from './board.ts'

const CALLS = 'rialto_provider_call_duration_seconds'

const now = (title: string, about: string, expr: string): Panel => ({
  ...{ title, about, shows: 'now', unit: 'short', badFrom: 1 },
  queries: [{ expr, legend: title }],
})

const old = (title: string, expr: string, badFrom: number): Panel => ({
  ...{ title, shows: 'now', unit: 'dtdurations', badFrom },
  about: 'Since it was begun.',
  queries: [{ expr, legend: title }],
})

export const money: Board = {
  uid: 'rialto-money',
  title: 'Rialto: money',
  about:
    'What is owed, unknown or stuck, and how the providers answer. Everything in the first row should read 0.',
  rows: [
    {
      title: 'Must be 0',
      panels: [
        now(
          'Ledger out of balance',
          'Minor units by which debits and credits differ, over all currencies.',
          'sum(max by (currency) (abs(rialto_wallets_ledger_imbalance_units)))',
        ),
        now(
          'Dead letters',
          'Events given up.',
          'sum(max by (group, topic) (rialto_bus_letters_dead_events))',
        ),
        now('Dead jobs', 'Jobs given up.', 'max(rialto_jobs_dead_items)'),
        now(
          'Runs that deviate',
          'Runs of the last day that differ from their diagram.',
          orZero('sum(max by (flow, kind) (rialto_conformance_deviating_runs))'),
        ),
        now(
          'Runs not judged',
          'Runs that wait to be compared with their diagram.',
          'max(rialto_observer_run_unjudged_items)',
        ),
        now(
          'Payments in review',
          'A person has to decide.',
          'max(rialto_payments_review_open_items)',
        ),
      ],
    },
    {
      title: 'Without a result',
      panels: [
        {
          title: 'Operations under way',
          about:
            'Calls that moved money and have no result yet. pending waits for the buyer; unknown should be few and short.',
          shows: 'over time',
          unit: 'short',
          queries: [
            {
              expr: 'max by (state) (rialto_payments_operation_unsettled_items)',
              legend: '{{state}}',
            },
          ],
        },
        old(
          'Oldest unknown operation',
          'max(rialto_payments_operation_unsettled_age_seconds{state="unknown"})',
          1_800,
        ),
        old('Oldest refund under way', 'max(rialto_payments_refund_unsettled_age_seconds)', 21_600),
        old('Oldest receipt owed', 'max(rialto_payments_receipt_owed_age_seconds)', 3_600),
        old(
          'Oldest unread notification',
          'max(rialto_payments_notification_unread_age_seconds)',
          600,
        ),
        {
          title: 'Receipts owed, refunds under way',
          about: 'How many; a climbing line is a register or a provider that does not answer.',
          shows: 'over time',
          unit: 'short',
          queries: [
            { expr: 'max(rialto_payments_receipt_owed_items)', legend: 'receipts' },
            { expr: 'max(rialto_payments_refund_unsettled_items)', legend: 'refunds' },
          ],
        },
      ],
    },
    {
      title: 'Providers, fiscal register, mail',
      panels: [
        {
          title: 'Calls',
          about: 'By operation and outcome. unknown: no answer, or none that says anything.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            {
              expr: rateOf(`${CALLS}_count`, 'provider, operation, outcome'),
              legend: '{{provider}} {{operation}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Without an answer',
          about: 'Share of the calls; money is not lost by it, but late.',
          shows: 'over time',
          unit: 'percentunit',
          queries: [
            {
              expr: `${rateOf(`${CALLS}_count`, 'provider', '{outcome="unknown"}')} / ${rateOf(`${CALLS}_count`, 'provider')} or 0 * ${rateOf(`${CALLS}_count`, 'provider')}`,
              legend: '{{provider}}',
            },
          ],
        },
        {
          title: 'Time to the answer, 95 of 100',
          about: 'A buyer waits for the call that creates a payment.',
          shows: 'over time',
          unit: 's',
          queries: [
            {
              expr: quantileOf(0.95, CALLS, 'provider, operation'),
              legend: '{{provider}} {{operation}}',
            },
          ],
        },
      ],
    },
  ],
}
