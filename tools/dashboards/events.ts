import { type Board, quantileOf, rateOf } from './board.ts'

const HANDLER = 'rialto_bus_handler_duration_seconds'
const JOB = 'rialto_job_run_duration_seconds'

export const events: Board = {
  uid: 'rialto-events',
  title: 'Rialto: events and jobs',
  about: 'Who is behind, what fails, what waits behind a failure.',
  rows: [
    {
      title: 'Behind',
      panels: [
        {
          title: 'Age of the oldest event not passed',
          about: 'By group and topic. A second is usual; what climbs is stuck.',
          shows: 'over time',
          unit: 's',
          queries: [
            {
              expr: 'max by (group, topic) (rialto_bus_group_lag_seconds)',
              legend: '{{group}} {{topic}}',
            },
          ],
        },
        {
          title: 'Events not passed',
          about: 'By group; counting ends at ten thousand a partition.',
          shows: 'over time',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (group) (max by (group, topic) (rialto_bus_group_lag_events))',
              legend: '{{group}}',
            },
          ],
        },
        {
          title: 'Dead letters',
          about: 'By group; an operator redrives or discards them.',
          shows: 'over time',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (group) (max by (group, topic) (rialto_bus_letters_dead_events))',
              legend: '{{group}}',
            },
          ],
        },
        {
          title: 'Keys parked',
          about: 'Keys whose events wait behind one that fails.',
          shows: 'over time',
          unit: 'short',
          queries: [{ expr: 'max by (group) (rialto_bus_group_parked_keys)', legend: '{{group}}' }],
        },
      ],
    },
    {
      title: 'Handlers',
      panels: [
        {
          title: 'Events handled',
          about: 'By group.',
          shows: 'over time',
          unit: 'ops',
          queries: [{ expr: rateOf(`${HANDLER}_count`, 'group'), legend: '{{group}}' }],
        },
        {
          title: 'Tries by outcome',
          about: 'paused: something that it asks is down. failed: an error of its own.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            { expr: rateOf(`${HANDLER}_count`, 'group, outcome'), legend: '{{group}} {{outcome}}' },
          ],
        },
        {
          title: 'Time of a try, 95 of 100',
          about: 'By event; of a batch, each event’s share.',
          shows: 'over time',
          unit: 's',
          queries: [
            { expr: quantileOf(0.95, HANDLER, 'group, event'), legend: '{{group}} {{event}}' },
          ],
        },
        {
          title: 'Items in a batch, 95 of 100',
          about: 'What one transaction decided together: large under load, 1 when idle.',
          shows: 'over time',
          unit: 'short',
          queries: [
            {
              expr: quantileOf(0.95, 'rialto_batch_run_size_items', 'batcher'),
              legend: '{{batcher}}',
            },
          ],
        },
        {
          title: 'Time of a batch, 95 of 100',
          about: 'One transaction each.',
          shows: 'over time',
          unit: 's',
          queries: [
            {
              expr: quantileOf(0.95, 'rialto_batch_run_duration_seconds', 'batcher'),
              legend: '{{batcher}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Jobs',
      panels: [
        {
          title: 'Runs',
          about: 'By outcome.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            { expr: rateOf(`${JOB}_count`, 'job, outcome'), legend: '{{job}} {{outcome}}' },
          ],
        },
        {
          title: 'Due and not begun',
          about: 'By job.',
          shows: 'over time',
          unit: 'short',
          queries: [{ expr: 'max by (job) (rialto_jobs_waiting_items)', legend: '{{job}}' }],
        },
        {
          title: 'Time of a run, 95 of 100',
          about: 'By job.',
          shows: 'over time',
          unit: 's',
          queries: [{ expr: quantileOf(0.95, JOB, 'job'), legend: '{{job}}' }],
        },
      ],
    },
  ],
}
