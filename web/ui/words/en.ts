// What the store and the console both say, in English.

export const en = {
  shell: {
    skip: 'Skip to the content',
    settings: 'Look and language',
    theme: 'Theme',
    light: 'Light',
    dark: 'Dark',
    system: 'As the system',
    language: 'Language',
    help: 'Help',
  },
  live: {
    live: 'Live',
    liveHint: 'Changes appear here by themselves.',
    reconnecting: 'Reconnecting',
    reconnectingHint:
      'The connection was lost. Nothing is lost: what happens meanwhile is shown when it is back.',
    polling: 'Every 3 s',
    pollingHint: 'There is no live connection here, so the page asks for news every three seconds.',
  },
  error: {
    what: 'What happened',
    money: 'Is my money safe?',
    now: 'What now',
    code: 'Code',
    trace: 'Trace id',
    field: 'This is not accepted. Correct it.',
    retry: 'Try again',
    untouched: 'Yes. Nothing was charged and nothing has changed.',
    safe: 'Yes. Your money arrived once and is accounted for.',
    checking:
      'Yes. The result is not known yet and is being checked; you are never charged twice for one order.',
    retryAfter_one: 'You can try again in {{count}} second.',
    retryAfter_other: 'You can try again in {{count}} seconds.',
    broken: 'This page has a fault',
    brokenMoney:
      'Yes. This fault is in the page only: what you started goes on at the server, and you are never charged twice for one order.',
    brokenNow:
      'Load the page again. What you bought and paid is kept on the server and not touched by this.',
    reload: 'Load again',
  },
  offline: {
    title: 'No answer from the server',
    action:
      'Check the connection and try again. Repeating is safe: the same action never happens twice.',
  },
  state: {
    loading: 'Loading',
    more: 'Show more',
    notRefreshed: 'Not refreshed since',
    working: 'Working…',
  },
  copy: {
    do: 'Copy',
    done: 'Copied',
  },
  qr: {
    label: 'QR code',
  },
} as const
