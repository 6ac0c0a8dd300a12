import assert from 'node:assert/strict'
import { test } from 'node:test'
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
  assert.equal(clockText(AT, { language: 'ru', ...moscow }), '10:05:09')
  assert.match(exactText(AT, { language: 'ru', ...moscow }), /10:05:09 GMT\+3/)
})

test('how long ago – seconds, minutes, days, a week – words, and after a week none', () => {
  assert.equal(agoText(AT, NOW, 'en'), '5 minutes ago')
  assert.equal(agoText(AT, NOW, 'ru'), '5 минут назад')
  assert.equal(agoText(AT, Date.parse(AT), 'en'), 'now')
  assert.equal(agoText(AT, NOW + 2 * 86_400_000, 'ru'), 'позавчера')
  assert.equal(agoText(AT, NOW + 7 * 86_400_000, 'ru'), undefined)
})

test('countdown – minutes, the last second, over – never below nothing', () => {
  assert.equal(countdownText(299_001), '05:00')
  assert.equal(countdownText(3_868_000), '1:04:28')
  assert.equal(countdownText(1), '00:01')
  assert.equal(countdownText(-5_000), '00:00')
})
