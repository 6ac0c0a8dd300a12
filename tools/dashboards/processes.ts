import { type Board, orZero, type Panel, rateOf, type Unit } from './board.ts'

type Words = readonly [title: string, about: string]

const each = ([title, about]: Words, unit: Unit, expr: string): Panel => ({
  ...{ title, about, unit, shows: 'over time' },
  queries: [{ expr, legend: '{{instance}}' }],
})

export const processes: Board = {
  uid: 'rialto-processes',
  title: 'Rialto: processes',
  about: 'Processor, memory, event loop and database connections of each process.',
  rows: [
    {
      title: 'Processes',
      panels: [
        each(['Up', '1 answers Prometheus, 0 does not.'], 'short', 'up{job="rialto"}'),
        each(
          ['Processor', 'Share of one core.'],
          'percentunit',
          'rate(rialto_process_cpu_seconds_total[$__rate_interval])',
        ),
        each(['Memory', 'Resident.'], 'bytes', 'rialto_process_resident_memory_bytes'),
        each(['Heap', 'In use by objects.'], 'bytes', 'rialto_nodejs_heap_size_used_bytes'),
        each(
          [
            'Event loop lag, 99 of 100',
            'How late the thread comes to what is due. Above 0.25 s customers feel it.',
          ],
          's',
          'rialto_nodejs_eventloop_lag_p99_seconds',
        ),
        each(['Open files', 'Connections included.'], 'short', 'rialto_process_open_fds'),
        each(
          ['Disk', 'Free share where the data directory is.'],
          'percentunit',
          'rialto_disk_free_ratio',
        ),
        each(
          ['Age', 'Since the start.'],
          'dtdurations',
          'time() - rialto_process_start_time_seconds',
        ),
      ],
    },
    {
      title: 'Database connections',
      panels: [
        {
          title: 'Busy',
          about: 'By pool; a pool at its size makes others wait.',
          shows: 'over time',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (pool) (rialto_pool_open_connections{state="busy"})',
              legend: '{{pool}}',
            },
          ],
        },
        {
          title: 'Waiting now',
          about: 'Requests that wait for a connection at the moment of the scrape.',
          shows: 'over time',
          unit: 'short',
          queries: [{ expr: 'sum by (pool) (rialto_pool_waiting_requests)', legend: '{{pool}}' }],
        },
        {
          title: 'Waited',
          about: 'Seconds of waiting in a second, by pool.',
          shows: 'over time',
          unit: 's',
          queries: [
            {
              expr: 'sum by (pool) (rate(rialto_pool_wait_duration_seconds_sum[$__rate_interval]))',
              legend: '{{pool}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Cache',
      panels: [
        {
          title: 'Reads of the cache',
          about:
            'By what is kept and whether it was there; a miss or an error is answered by the database.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            {
              expr: rateOf('rialto_cache_reads_answered_total', 'space, outcome'),
              legend: '{{space}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Processes without Redis',
          about: 'They go on without it; 0 also where none is set.',
          shows: 'over time',
          unit: 'short',
          queries: [
            { expr: orZero('sum(1 - rialto_redis_server_reached_ratio)'), legend: 'without' },
          ],
        },
        {
          title: 'Commands not carried out',
          about: 'Away, late or refused by Redis; nobody waited for them.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            {
              expr: orZero(rateOf('rialto_redis_commands_failed_total', 'why')),
              legend: '{{why}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Monitoring itself',
      panels: [
        {
          title: 'Figures that could not be read',
          about: 'Alerts on rows are blind meanwhile.',
          shows: 'over time',
          unit: 'ops',
          queries: [
            {
              expr: 'sum(rate(rialto_metrics_read_failures_total[$__rate_interval]))',
              legend: 'failures',
            },
          ],
        },
        {
          title: 'Interactions not recorded',
          about: 'Runs of that time may be judged as missing something.',
          shows: 'over time',
          unit: 'short',
          queries: [{ expr: 'sum(rialto_recorder_lost_items)', legend: 'lost' }],
        },
        each(
          ['Time of a scrape', 'From Prometheus’s side; above 10 s it gives up.'],
          's',
          'scrape_duration_seconds{job="rialto"}',
        ),
        each(
          ['Series of a scrape', 'Above 50,000 Prometheus refuses the scrape.'],
          'short',
          'scrape_samples_post_metric_relabeling{job="rialto"}',
        ),
      ],
    },
  ],
}
