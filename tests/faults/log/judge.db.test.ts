import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '@rialto/kernel/testing/database.ts'
import { judge, PROOF_SCHEMA } from './judge.ts'

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`

test('judge – a made-up run with one fault of each kind – counts each once', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(PROOF_SCHEMA)
  const rows = [1, 2, 3, 4, 5, 6, 7]
  for (const n of rows)
    await pool.query(`insert into proof.rows (id, key, n, writer) values ($1, 'k', $2, 'w')`, [
      id(n),
      n,
    ])
  // 1 as it should be; 3 before 2, and 3 once more; 4 and 5 not handled, 5 put aside; 9 never committed.
  for (const n of [1, 3, 2, 3, 6, 7, 9])
    await pool.query(
      `insert into proof.effects (grp, event_id, key, n, worker) values ('g', $1, 'k', $2, 'r')`,
      [id(n), n],
    )
  const verdict = await judge(pool, {
    groups: ['g'],
    asideQuery: `select 'g' as grp, '${id(5)}'::uuid as event_id`,
    acked: [id(1), id(8)],
  })
  assert.deepEqual(verdict, {
    published: 7,
    handled: 6,
    aside: 1,
    lost: 2,
    doubled: 1,
    inverted: 1,
    phantom: 1,
  })
})

test('judge – two groups of which one handled nothing – owes that one every event', async (t) => {
  const { pool } = await testDatabase(t)
  await pool.query(PROOF_SCHEMA)
  await pool.query(`insert into proof.rows (id, key, n, writer) values ($1, 'k', 1, 'w')`, [id(1)])
  await pool.query(
    `insert into proof.effects (grp, event_id, key, n, worker) values ('a', $1, 'k', 1, 'r')`,
    [id(1)],
  )
  const { lost } = await judge(pool, { groups: ['a', 'b'], acked: [id(1)] })
  assert.equal(lost, 1)
})
