import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taxCodes } from '@rialto/contracts/shapes/vat.ts'
import { isMarkedSimulated, rateOf } from './slip.ts'

test('rateOf – every tax code – the rate that its tax was taken by', () => {
  const read = Object.fromEntries(taxCodes.map((code) => [code, rateOf(code)]))
  assert.deepEqual(read, {
    ...{ none: undefined, vat0: '0 %', vat5: '5 %', vat7: '7 %', vat10: '10 %', vat20: '20 %' },
    ...{ vat22: '22 %', vat105: '5 %', vat107: '7 %', vat110: '10 %', vat120: '20 %' },
    vat122: '22 %',
  })
  assert.equal(rateOf('excise'), 'excise')
})

test('isMarkedSimulated – not registered so far, late, finished – only what can be taken for a document', () => {
  const marked = (isSimulated: boolean) =>
    (['pending', 'failed', 'fiscalized_success'] as const).map((status) =>
      isMarkedSimulated({ status }, isSimulated),
    )
  assert.deepEqual(marked(true), [false, false, true])
  assert.deepEqual(marked(false), [false, false, false])
})
