import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notifyManager, QueryClient, QueryObserver } from '@tanstack/react-query'
import { forgetOnChange } from './of-person.ts'
import { Sessions, type Signed } from './session.ts'

const signed = (userId: string): Signed => ({
  ...{ access_token: `${userId} token`, token_type: 'Bearer', expires_in: 600 },
  ...{ refresh_token: 'refresh', session_expires_at: '2026-12-21T00:00:00Z' },
  user: { user_id: userId } as Signed['user'],
})

function open() {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage
  const clock = { now: () => 1_000_000 }
  const sessions = new Sessions(storage, clock)
  sessions.signIn(signed('usr_1'))
  const queries = new QueryClient()
  forgetOnChange(sessions, queries)
  queries.setQueryData(['library'], 'games of usr_1')
  const everybody = { queryKey: ['products'], meta: { everybody: true } } as const
  new QueryObserver(queries, { ...everybody, queryFn: () => 'all games', enabled: false })
  queries.setQueryData(['products'], 'all games')
  const asked: string[] = []
  const answers: (() => void)[] = []
  const seen: unknown[] = []
  const observer = new QueryObserver(queries, {
    queryKey: ['orders'],
    queryFn: () => {
      const userId = sessions.current()?.user.user_id ?? 'nobody'
      asked.push(userId)
      return new Promise((resolve) => answers.push(() => resolve(`orders of ${userId}`)))
    },
  })
  const close = observer.subscribe(({ data }) => seen.push(data))
  /** Behind all that the queries have scheduled so far, twice: an answer schedules what follows from it. */
  const scheduled = () => new Promise<void>((resolve) => notifyManager.schedule(resolve))
  const settled = () => scheduled().then(scheduled)
  const otherTab = new Sessions(storage, clock)
  return { sessions, queries, observer, asked, answers, seen, close, settled, otherTab }
}

const inMemory = ({ queries }: ReturnType<typeof open>, key: string) => queries.getQueryData([key])

test('data of a person – the same one’s token is renewed – stays', async () => {
  const page = open()
  page.answers[0]?.()
  await page.settled()
  page.sessions.signIn(signed('usr_1'))
  assert.equal(page.observer.getCurrentResult().data, 'orders of usr_1')
  assert.equal(inMemory(page, 'library'), 'games of usr_1')
  assert.deepEqual(page.asked, ['usr_1'])
  page.close()
})

test('data of a person – another signs in, in another tab – is gone at once, read anew, and a late answer is not taken', async () => {
  const page = open()
  page.otherTab.signIn(signed('usr_2'))
  page.sessions.follow({ key: 'rialto.session' })
  assert.equal(inMemory(page, 'library'), undefined)
  assert.equal(inMemory(page, 'products'), 'all games')
  await page.settled()
  assert.deepEqual(page.asked, ['usr_1', 'usr_2'])
  for (const answer of page.answers) answer()
  await page.settled()
  assert.equal(page.observer.getCurrentResult().data, 'orders of usr_2')
  assert.equal(page.seen.includes('orders of usr_1'), false)
  page.close()
})

test('data of a person – the session ends – is gone, and nothing is asked for nobody', async () => {
  const page = open()
  page.answers[0]?.()
  await page.settled()
  page.sessions.signOut()
  await page.settled()
  assert.deepEqual([inMemory(page, 'orders'), inMemory(page, 'library')], [undefined, undefined])
  assert.equal(page.observer.getCurrentResult().data, undefined)
  assert.deepEqual(page.asked, ['usr_1'])
  page.close()
})
