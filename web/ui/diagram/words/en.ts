// The diagram in English.

import { type DiagramWords, passedIn, type Spoken } from './words.ts'

function say({ kind, from, to, name, outcome }: Spoken): string {
  switch (kind) {
    case 'call':
      return `${from} calls ${to}: ${name}`
    case 'reply':
      return `${from} answers ${to}: ${name}${outcome === undefined ? '' : `, ${outcome}`}`
    case 'publish':
      return `${from} publishes ${name}`
    case 'consume':
      return `${to} receives ${name}`
    default:
      return `${from} moves to ${name}`
  }
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const en: DiagramWords = {
  participants: {
    User: 'Person',
    ClientApp: 'Client app',
    APIGW: 'Gateway',
    CatalogSvc: 'Catalog',
    OrderSvc: 'Orders',
    PaymentSvc: 'Payments',
    PSP: 'Payment provider',
    KafkaBus: 'Event log',
    LibrarySvc: 'Library',
    NotificationSvc: 'Notifications',
    AnalyticsSvc: 'Analytics',
    DeveloperSvc: 'Developers',
    UserService: 'Accounts',
    WalletService: 'Wallets',
    InventoryService: 'Inventory',
    OFD: 'Fiscal register',
    Mail: 'Mail server',
    PushService: 'Push service',
  },
  say,
  differs: {
    missing: (m) => `Did not happen: ${m}.`,
    extra: (m) => `Happened, but is drawn nowhere: ${m}.`,
    wrong_order: (m) => `Happened in another order, or from another cause, than drawn: ${m}.`,
    wrong_branch: (m) => `Belongs to a branch that this run did not take: ${m}.`,
    wrong_count: (m) => `Happened more often than drawn: ${m}.`,
    late: (m) => `Came later than it should: ${m}.`,
    forbidden: (m) => `Must not happen here: ${m}.`,
    wrong_payload: (m) => `Ended otherwise than drawn: ${m}.`,
    not_judged: (m) => `Was not compared: ${m}.`,
  },
  verdict: {
    conforms: 'Conforms',
    running: 'Running',
    deviates: 'Deviates',
    inconclusive: 'Inconclusive',
  },
  sentence: ({ verdict, seen, required, deviations }) => {
    const figures = `${seen} of ${count(required, 'required message', 'required messages')} seen`
    if (verdict === 'conforms') return `What happened is what is drawn: ${figures}.`
    if (verdict === 'running') return `So far as drawn: ${figures}.`
    if (verdict === 'inconclusive')
      return `${figures}; a part of the record may be lost, so what is absent proves nothing.`
    return `Not as drawn: ${figures}, ${count(deviations, 'difference', 'differences')}.`
  },
  branches: (names) => `Branches taken: ${names.join(', ')}.`,
  passed: passedIn('en-GB', ['ms', 's']),
  awaited: 'still to come',
  added: 'added by another document',
  repeat: 'came again, as it may',
  times: (n) => `recorded ${n} times`,
  folded: (n) => `Show ${count(n, 'more message', 'more messages')}`,
  unfolded: (n) => `Fold ${count(n, 'message', 'messages')}`,
  marks: {
    same: 'As drawn',
    missing: 'Missing',
    awaited: 'To come',
    moved: 'Other order',
    foreign: 'Not drawn',
    added: 'Added',
    repeat: 'Again',
    extra: 'Not drawn',
    wrong_order: 'Other order',
    wrong_branch: 'Other branch',
    wrong_count: 'Too often',
    late: 'Late',
    forbidden: 'Forbidden',
    wrong_payload: 'Other outcome',
    not_judged: 'Not compared',
  },
  ui: {
    title: 'Living diagram',
    drawn: 'Specified',
    recorded: 'Recorded',
    sideBySide: 'Side by side',
    recordedOnly: 'Recorded',
    differences: 'Differences',
    list: 'List',
    view: 'View',
    steps: 'Steps',
    additions: 'What other documents add',
    exportSvg: 'Save SVG',
    exportMermaid: 'Save Mermaid',
    noDifferences: 'There are no differences.',
    differencesTitle: 'Differences',
    follow: 'Follow',
    keys: 'Arrow keys walk: up and down in order, left to the cause, right to the effect. Enter opens a message.',
    nothing: 'Nothing is recorded here yet. Messages appear as they happen.',
    message: 'Message',
    time: 'Time',
    state: 'Compared',
    close: 'Close',
    from: 'From',
    to: 'To',
    kind: 'Kind',
    name: 'Name',
    outcome: 'Outcome',
    attempt: 'Attempt',
    at: 'Time',
    sinceStart: 'Since the beginning',
    sinceCause: 'Since its cause',
    ids: 'Ids',
    id: 'Span',
    cause: 'Caused by',
    flow: 'Flow',
    repeats: 'Recorded as',
    payload: 'Payload (excerpt)',
    noPayload: 'No payload is kept of this message.',
    item: 'Checklist',
    notRecorded: 'Nothing was recorded for it.',
    previous: 'Previous message',
    next: 'Next message',
    toCause: 'To the cause',
    toEffect: 'To the effect',
    copyLink: 'Copy link',
    copied: 'Copied',
  },
}
