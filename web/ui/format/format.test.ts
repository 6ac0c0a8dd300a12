import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR } from '@rialto/kernel/pure/time.ts'
import { agoText, clockText, countdownText, exactText, momentText } from './moments.ts'
import { moneyText } from './money.ts'

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ')
const AT = '2026-11-21T07:05:09.000Z'
const NOW = Date.parse('2026-11-21T07:10:09.000Z')

test('money – minor units of currencies with two digits and none, beyond what a float holds – exact in both languages', () => {
  assert.equal(plain(moneyText(123_450, 'RUB', 'ru')), '1 234,50 ₽')
  assert.equal(plain(moneyText(123_450, 'RUB', 'en')), '₽1,234.50')
  assert.equal(plain(moneyText(5, 'KZT', 'ru')), '0,05 ₸')
  assert.equal(plain(moneyText(1_234, 'JPY', 'en')), '¥1,234')
  assert.equal(plain(moneyText(9_007_199_254_740_991, 'RUB', 'ru')), '90 071 992 547 409,91 ₽')
})

test('moments – a fixed zone – as the language writes them', () => {
  const moscow = { timeZone: 'Europe/Moscow' }
  assert.equal(plain(momentText(AT, { language: 'ru', ...moscow })), '21 нояб. 2026 г., 10:05')
  assert.equal(plain(momentText(AT, { language: 'en', ...moscow })), '21 Nov 2026, 10:05')
  assert.equal(clockText(AT, NOW, { language: 'ru', ...moscow }), '10:05:09')
  assert.match(exactText(AT, { language: 'ru', ...moscow }), /10:05:09 GMT\+3/)
})

test('how long ago – seconds, minutes, days, a week – words, and after a week none', () => {
  const [en, ru] = (['en', 'ru'] as const).map((language) => ({ language, timeZone: 'UTC' }))
  assert.ok(en !== undefined && ru !== undefined)
  assert.equal(agoText(AT, NOW, en), '5 minutes ago')
  assert.equal(agoText(AT, NOW, ru), '5 минут назад')
  assert.equal(agoText(AT, Date.parse(AT), en), 'now')
  assert.equal(agoText(AT, NOW + 2 * DAY, ru), 'позавчера')
  assert.equal(agoText(AT, NOW + 7 * DAY, ru), undefined)
})

test('how long ago – a minute before the hour, a clock that is behind – what has passed, and not what is near', () => {
  const reader = { language: 'ru', timeZone: 'UTC' } as const
  assert.equal(agoText(AT, Date.parse(AT) + HOUR - 1, reader), '59 минут назад')
  assert.equal(agoText(AT, Date.parse(AT) + DAY - 1, reader), '23 часа назад')
  assert.equal(agoText(AT, Date.parse(AT) - 400, reader), 'сейчас')
})

test('how long ago – days – are those of the calendar where the reader is', () => {
  const evening = '2026-11-19T20:30:00.000Z'
  const morning = Date.parse('2026-11-21T06:00:00.000Z')
  assert.equal(agoText(evening, morning, { language: 'ru', timeZone: 'UTC' }), 'позавчера')
  // There it was the twentieth already.
  const far = { language: 'ru', timeZone: 'Asia/Vladivostok' } as const
  assert.equal(agoText(evening, morning, far), 'вчера')
})

test('clock – on another day than the one at hand – has its date', () => {
  const moscow = { timeZone: 'Europe/Moscow' }
  const eve = Date.parse('2026-11-20T20:59:59.000Z')
  const said = (onMs: number, language: 'ru' | 'en') =>
    plain(clockText(AT, onMs, { language, ...moscow }))
  assert.equal(said(eve, 'ru'), '21 нояб. 2026 г., 10:05:09')
  assert.equal(said(eve, 'en'), '21 Nov 2026, 10:05:09')
  assert.equal(said(eve + 1_000, 'ru'), '10:05:09')
})

test('countdown – minutes, the last second, over – never below nothing', () => {
  assert.equal(countdownText(299_001), '05:00')
  assert.equal(countdownText(3_868_000), '1:04:28')
  assert.equal(countdownText(1), '00:01')
  assert.equal(countdownText(-5_000), '00:00')
})
