import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BOARDS, fileOf, jsonOf } from './build.ts'

const root = join(import.meta.dirname, '../..')

for (const board of BOARDS)
  test(`dashboards – ${board.title} – is what \`npm run generate\` writes now`, () => {
    assert.equal(readFileSync(join(root, fileOf(board)), 'utf8'), jsonOf(board))
  })

test('dashboards – the folder that Grafana reads – has these and nothing else', () => {
  const names = readdirSync(join(root, 'deploy/grafana/dashboards')).sort()
  assert.deepEqual(names, BOARDS.map((board) => `${board.uid}.json`).sort())
})

test('dashboards – panels – have ids of their own, a text that explains them, and a source that is provisioned', () => {
  const source = readFileSync(
    join(root, 'deploy/grafana/provisioning/datasources/prometheus.yml'),
    'utf8',
  )
  for (const board of BOARDS) {
    const { panels } = JSON.parse(jsonOf(board)) as {
      panels: { id: number; type: string; description?: string; datasource?: { uid: string } }[]
    }
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    for (const { type, description, datasource } of panels.filter((one) => one.type !== 'row')) {
      assert.ok((description ?? '').length > 5, `${board.title}: ${type}`)
      assert.ok(source.includes(`uid: ${datasource?.uid}`))
    }
  }
})

test('dashboards – as Grafana is started by the compose file – lie where it is told to look', () => {
  const told = readFileSync(join(root, 'deploy/grafana/provisioning/dashboards/rialto.yml'), 'utf8')
  const path = /^ +path: (\S+)$/m.exec(told)?.[1] ?? 'nowhere'
  const compose = readFileSync(join(root, 'deploy/compose.yaml'), 'utf8')
  assert.ok(compose.includes(`./grafana/dashboards:${path}`), path)
  assert.ok(compose.includes('./grafana/provisioning:/etc/grafana/provisioning'))
})
