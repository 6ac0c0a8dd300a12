// The diagram in Russian. Names stand in quotes beside verbs, so that none has to be inflected.

import { type DiagramWords, passedIn, type Spoken } from './words.ts'

function say({ kind, from, to, name, outcome }: Spoken): string {
  switch (kind) {
    case 'call':
      return `«${from}» вызывает «${to}»: ${name}`
    case 'reply':
      return `«${from}» отвечает, получатель «${to}»: ${name}${outcome === undefined ? '' : `, ${outcome}`}`
    case 'publish':
      return `«${from}» публикует ${name}`
    case 'consume':
      return `«${to}» получает ${name}`
    default:
      return `«${from}» переходит в состояние ${name}`
  }
}

const plural = new Intl.PluralRules('ru')
type Forms = readonly [one: string, few: string, many: string]

function count(n: number, [one, few, many]: Forms): string {
  const form = plural.select(n)
  return `${n} ${form === 'one' ? one : form === 'few' ? few : many}`
}

export const ru: DiagramWords = {
  participants: {
    User: 'Человек',
    ClientApp: 'Приложение',
    APIGW: 'Шлюз',
    CatalogSvc: 'Каталог',
    OrderSvc: 'Заказы',
    PaymentSvc: 'Платежи',
    PSP: 'Провайдер',
    KafkaBus: 'Журнал событий',
    LibrarySvc: 'Библиотека',
    NotificationSvc: 'Уведомления',
    AnalyticsSvc: 'Аналитика',
    DeveloperSvc: 'Разработчики',
    UserService: 'Учётные записи',
    WalletService: 'Кошельки',
    InventoryService: 'Остатки',
    OFD: 'Касса (ОФД)',
    Mail: 'Почта',
    PushService: 'Push-сервис',
  },
  say,
  differs: {
    missing: (m) => `Не произошло: ${m}.`,
    extra: (m) => `Произошло, хотя нигде не нарисовано: ${m}.`,
    wrong_order: (m) => `Произошло не в том порядке или не по той причине: ${m}.`,
    wrong_branch: (m) => `Относится к ветке, по которой этот заказ не пошёл: ${m}.`,
    wrong_count: (m) => `Произошло чаще, чем нарисовано: ${m}.`,
    late: (m) => `Произошло позже, чем должно: ${m}.`,
    forbidden: (m) => `Здесь не должно происходить: ${m}.`,
    wrong_payload: (m) => `Закончилось не так, как нарисовано: ${m}.`,
    not_judged: (m) => `Не сравнивалось: ${m}.`,
  },
  verdict: {
    conforms: 'Совпадает',
    running: 'Идёт',
    deviates: 'Расходится',
    inconclusive: 'Не доказано',
  },
  sentence: ({ verdict, seen, required, deviations }) => {
    const figures = `записано ${seen} из ${count(required, ['обязательного сообщения', 'обязательных сообщений', 'обязательных сообщений'])}`
    if (verdict === 'conforms') return `Произошло то, что нарисовано: ${figures}.`
    if (verdict === 'running') return `Пока всё как нарисовано: ${figures}.`
    if (verdict === 'inconclusive')
      return `Часть записи могла потеряться, поэтому отсутствие ничего не доказывает: ${figures}.`
    return `Не так, как нарисовано: ${figures}, ${count(deviations, ['отличие', 'отличия', 'отличий'])}.`
  },
  branches: (names) => `Пройденные ветки: ${names.join(', ')}.`,
  passed: passedIn('ru-RU', ['мс', 'с']),
  awaited: 'ещё впереди',
  added: 'добавлено другим документом',
  repeat: 'пришло ещё раз, это допустимо',
  times: (n) => `записано ${count(n, ['раз', 'раза', 'раз'])}`,
  folded: (n) => `Показать ещё ${count(n, ['сообщение', 'сообщения', 'сообщений'])}`,
  unfolded: (n) => `Свернуть ${count(n, ['сообщение', 'сообщения', 'сообщений'])}`,
  marks: {
    same: 'Как нарисовано',
    missing: 'Не хватает',
    awaited: 'Впереди',
    moved: 'Другой порядок',
    foreign: 'Не нарисовано',
    added: 'Добавлено',
    repeat: 'Повтор',
    extra: 'Не нарисовано',
    wrong_order: 'Другой порядок',
    wrong_branch: 'Другая ветка',
    wrong_count: 'Слишком часто',
    late: 'Поздно',
    forbidden: 'Запрещено',
    wrong_payload: 'Другой исход',
    not_judged: 'Не сравнивалось',
  },
  ui: {
    title: 'Живая схема',
    drawn: 'По спецификации',
    recorded: 'Записано',
    sideBySide: 'Рядом',
    recordedOnly: 'Записанное',
    differences: 'Отличия',
    list: 'Список',
    view: 'Вид',
    steps: 'Шаги',
    additions: 'Что добавляют другие документы',
    exportSvg: 'Сохранить SVG',
    exportMermaid: 'Сохранить Mermaid',
    noDifferences: 'Отличий нет.',
    differencesTitle: 'Отличия',
    follow: 'Следовать',
    keys: 'Стрелки ведут по сообщениям: вверх и вниз — по порядку, влево — к причине, вправо — к следствию. Enter открывает сообщение.',
    nothing: 'Здесь ещё ничего не записано. Сообщения появятся, когда произойдут.',
    message: 'Сообщение',
    time: 'Время',
    state: 'Сравнение',
    close: 'Закрыть',
    from: 'Откуда',
    to: 'Куда',
    kind: 'Вид',
    name: 'Имя',
    outcome: 'Исход',
    attempt: 'Попытка',
    at: 'Время',
    sinceStart: 'От начала',
    sinceCause: 'От причины',
    ids: 'Идентификаторы',
    id: 'Спан',
    cause: 'Причина',
    flow: 'Поток',
    repeats: 'Записано как',
    payload: 'Данные (выдержка)',
    noPayload: 'Данные этого сообщения не хранятся.',
    item: 'Пункт перечня',
    notRecorded: 'Для него ничего не записано.',
    previous: 'Предыдущее сообщение',
    next: 'Следующее сообщение',
    toCause: 'К причине',
    toEffect: 'К следствию',
    copyLink: 'Копировать ссылку',
    copied: 'Скопировано',
  },
}
