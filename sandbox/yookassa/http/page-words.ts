// What the page says, in the language of who pays.

export type Language = 'ru' | 'en'
export type Label = readonly [ru: string, en: string]

export const say = (language: Language, [ru, en]: Label): string => (language === 'ru' ? ru : en)

export const WORDS = {
  title: ['Тестовая оплата', 'Simulated payment'],
  card: ['Оплата картой', 'Pay by card'],
  magic: ['Волшебные карты: один клик заполняет форму', 'Magic cards: one click fills the form'],
  number: ['Номер карты', 'Card number'],
  expiry: ['Срок, ММ/ГГ', 'Expires, MM/YY'],
  code: ['CVC', 'CVC'],
  pay: ['Оплатить', 'Pay'],
  refused: [
    'Здесь годятся только волшебные карты: настоящую вводить нельзя. Она не сохранена.',
    'Only the magic cards work here: never enter a real one. Nothing of it was kept.',
  ],
  challenge: ['Проверка банка (3-D Secure)', 'The bank’s check (3-D Secure)'],
  sms: ['В сообщении банка код', 'The bank’s message has the code'],
  smsCode: ['Код из сообщения', 'Code from the message'],
  confirm: ['Подтвердить', 'Confirm'],
  giveUp: ['Отказаться', 'Give up'],
  wrongCode: ['Код не подошёл. Попробуйте ещё раз.', 'That was not the code. Try again.'],
  sbp: ['Оплата через СБП', 'Pay by SBP'],
  scan: [
    'Отсканируйте код телефоном или нажмите кнопку: она играет приложение банка.',
    'Scan the code with a phone, or press the button: it plays the bank’s app.',
  ],
  qr: ['QR-код оплаты', 'QR code of the payment'],
  left: ['Осталось', 'Time left'],
  until: ['Оплатить до', 'Pay until'],
  inBank: ['Подтвердить в банке', 'Confirm in the bank'],
  refuse: ['Отклонить', 'Decline'],
  quick: ['Решить сразу, без карты', 'Decide at once, without a card'],
  decline: ['Отказ банка', 'Decline'],
  noFunds: ['Недостаточно средств', 'Insufficient funds'],
  back: ['Вернуться в магазин', 'Back to the shop'],
  close: [
    'Эту вкладку можно закрыть: магазин узнает сам.',
    'You can close this tab: the shop learns it by itself.',
  ],
  status: ['Состояние', 'Status'],
  hooks: ['Что будет с уведомлением магазину', 'What happens to the notification to the shop'],
  hooksNow: ['Следующее уведомление', 'The next notification'],
  forgedNow: [
    'Поддельное уведомление отправлено: магазин не должен ему поверить.',
    'A forged notification was sent: the shop must not believe it.',
  ],
  unanswered: [
    'Платёжная страница не ответила. Деньги списаны, магазин узнает об этом, когда сам спросит.',
    'The payment page gave no answer. The money was taken; the shop learns it when it asks.',
  ],
} as const satisfies Readonly<Record<string, Label>>

export const STATUS = {
  pending: ['Ждёт оплаты', 'Waiting for payment'],
  waiting_for_capture: ['Оплачен, ждёт подтверждения магазина', 'Paid, waiting for the shop'],
  succeeded: ['Оплачен', 'Paid'],
  canceled: ['Отменён', 'Canceled'],
} as const satisfies Readonly<Record<string, Label>>

export const HOOKS = {
  normal: ['придёт как обычно', 'comes as usual'],
  duplicate: ['Дважды', 'Twice'],
  delay: ['С опозданием на 15 с', '15 s late'],
  lost: ['Потеряется', 'Gets lost'],
  reordered: ['После следующего', 'After the next one'],
  forged: ['Подделать сейчас', 'Forge one now'],
} as const satisfies Readonly<Record<string, Label>>

export type Hook = keyof typeof HOOKS
export const isHook = (text: string | null): text is Hook => text !== null && text in HOOKS
