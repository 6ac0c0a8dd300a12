import assert from 'node:assert/strict'
import { test } from 'node:test'
import { qrOf } from './fiscal-qr.ts'

const published = {
  receiptDatetime: '12.05.2023 20:16:00',
  totalMinor: 700_000n,
  ...{ fnNumber: '1110000100238211', documentNumber: '133', attribute: '3449555941' },
  kind: 'sale' as const,
}

test('qrOf – the published receipt – the published text', () => {
  const text = 't=20230512T2016&s=7000.00&fn=1110000100238211&i=133&fp=3449555941&n=1'
  assert.equal(qrOf(published), text)
})

test('qrOf – a refund of kopecks, without seconds, at no time – n=2, two digits, the same, none', () => {
  const refund = qrOf({ ...published, kind: 'refund', totalMinor: 5n })
  assert.match(String(refund), /&s=0\.05&.*&n=2$/)
  const short = qrOf({ ...published, receiptDatetime: '12.05.2023 20:16' })
  assert.equal(short, qrOf(published))
  assert.equal(qrOf({ ...published, receiptDatetime: '2023-05-12T20:16:00Z' }), undefined)
})
