// What is about the account itself.

import type { Template } from './letter.ts'

export const welcome: Template = {
  name: 'welcome',
  link: 'verify_email',
  ru: {
    subject: 'Добро пожаловать в Rialto',
    short: 'Ваша учётная запись создана.',
    blocks: [
      'Ваша учётная запись создана. Сюда будут приходить подтверждения заказов и кассовые чеки.',
      'Подтвердите, что эта почта ваша. Ссылка действует 24 часа.',
      { link: 'Подтвердить почту', to: '{site}/store/verify-email?token={code}' },
      { named: [['Код подтверждения', '{code}']] },
      'Если вы не регистрировались, ничего не делайте: без пароля учётной записью никто не воспользуется.',
      { link: 'Перейти в магазин', to: '{site}/store' },
    ],
  },
  en: {
    subject: 'Welcome to Rialto',
    short: 'Your account is ready.',
    blocks: [
      'Your account is ready. Order confirmations and fiscal receipts will come to this address.',
      'Please confirm that this address is yours. The link is good for 24 hours.',
      { link: 'Confirm the address', to: '{site}/store/verify-email?token={code}' },
      { named: [['Confirmation code', '{code}']] },
      'If it was not you who signed up, do nothing: without the password nobody can use the account.',
      { link: 'Go to the store', to: '{site}/store' },
    ],
  },
}

export const verifyEmail: Template = {
  name: 'verify_email',
  link: 'verify_email',
  ru: {
    subject: 'Подтвердите почту',
    short: 'Мы отправили вам письмо со ссылкой для подтверждения почты.',
    blocks: [
      'Подтвердите, что эта почта ваша. Ссылка действует 24 часа.',
      { link: 'Подтвердить почту', to: '{site}/store/verify-email?token={code}' },
      { named: [['Код подтверждения', '{code}']] },
    ],
  },
  en: {
    subject: 'Confirm your address',
    short: 'We sent you a mail with a link that confirms your address.',
    blocks: [
      'Please confirm that this address is yours. The link is good for 24 hours.',
      { link: 'Confirm the address', to: '{site}/store/verify-email?token={code}' },
      { named: [['Confirmation code', '{code}']] },
    ],
  },
}

export const resetPassword: Template = {
  name: 'reset_password',
  link: 'reset_password',
  ru: {
    subject: 'Новый пароль',
    short: 'Кто-то попросил задать новый пароль. Ссылка – в письме.',
    blocks: [
      'Кто-то попросил задать новый пароль для вашей учётной записи. Ссылка действует один час и только один раз.',
      { link: 'Задать новый пароль', to: '{site}/store/reset-password?token={code}' },
      { named: [['Код', '{code}']] },
      'Если это были не вы, ничего не делайте: старый пароль остаётся в силе.',
    ],
  },
  en: {
    subject: 'A new password',
    short: 'Somebody asked to set a new password. The link is in the mail.',
    blocks: [
      'Somebody asked to set a new password for your account. The link is good for one hour, and only once.',
      { link: 'Set a new password', to: '{site}/store/reset-password?token={code}' },
      { named: [['Code', '{code}']] },
      'If it was not you, do nothing: the old password stays as it is.',
    ],
  },
}
