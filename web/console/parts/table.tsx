// Lists of the console: a table where there is room, cards on a phone. The first cell of a row is its link, which j and k go
// through.

import type { ReactNode } from 'react'
import classes from './parts.module.css'

export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => ReactNode
  readonly isNumber?: boolean
}

export interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
}

export function Table<Row>({ label, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table className={classes.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ name, isNumber }) => (
            <th key={name} scope="col" data-number={isNumber || undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ name, cell, isNumber }) => (
              <td key={name} data-label={name} data-number={isNumber || undefined}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A state, in words; the colour only helps. */
export function Pill({ mood, children }: { readonly mood: Mood; readonly children: ReactNode }) {
  return (
    <span className={classes.pill} data-mood={mood}>
      {children}
    </span>
  )
}

export type Mood = 'open' | 'good' | 'bad' | 'ended'

const MOODS: Readonly<Record<string, Mood>> = {
  pending_payment: 'open',
  completed: 'good',
  fulfilled: 'good',
  failed: 'bad',
  created: 'open',
  pending_psp_redirect: 'open',
  processing: 'open',
  authorized: 'open',
  conforms: 'good',
  deviates: 'bad',
  running: 'open',
  inconclusive: 'ended',
}

export const moodOf = (status: string): Mood => MOODS[status] ?? 'ended'

/** An id short enough for a table; the whole of it under the pointer. */
export function ShortId({ id }: { readonly id: string }) {
  return (
    <code className={classes.id} title={id}>
      {id.slice(0, 4)}…{id.slice(-8)}
    </code>
  )
}
