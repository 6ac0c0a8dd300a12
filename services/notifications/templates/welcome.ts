import type { Template } from './letter.ts'

export const welcome: Template = {
  name: 'welcome',
  ru: {
    subject: 'Добро пожаловать в Rialto',
    short: 'Ваша учётная запись создана.',
    blocks: [
      'Ваша учётная запись создана. Сюда будут приходить подтверждения заказов и кассовые чеки.',
      'Если вы не регистрировались, ничего не делайте: без пароля учётной записью никто не воспользуется.',
      { link: 'Перейти в магазин', to: '{site}/store' },
    ],
  },
  en: {
    subject: 'Welcome to Rialto',
    short: 'Your account is ready.',
    blocks: [
      'Your account is ready. Order confirmations and fiscal receipts will come to this address.',
      'If it was not you who signed up, do nothing: without the password nobody can use the account.',
      { link: 'Go to the store', to: '{site}/store' },
    ],
  },
}
