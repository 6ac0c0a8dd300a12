// Whether a screen is sound: nothing for axe to find by WCAG 2.2 AA, and nothing wider than its window. Under PROOF=full, or with
// PICTURES=1, pictures at three widths lie in test-results/screens for people to look at.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { picture } from './shop.ts'

const full = process.env.PROOF === 'full'
const withPictures = full || process.env.PICTURES === '1'

/** One look, the one that is most often wrong: longer words, paler ground; under PROOF=full every theme in every language. */
export const LOOKS = [
  { theme: 'light', language: 'ru' },
  ...(full
    ? ([
        { theme: 'dark', language: 'en' },
        { theme: 'light', language: 'en' },
        { theme: 'dark', language: 'ru' },
      ] as const)
    : []),
] as const

const WIDTHS = [390, 768, 1_440] as const
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface Finding {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** What axe has against a page, a line each. It is given to the page by the debugger, which its policy does not bind. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const options = JSON.stringify({ runOnly: { type: 'tag', values: TAGS } })
  const violations = await page.evaluate<Finding[]>(
    `axe.run(${options}).then(({ violations }) => violations)`,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  )
}

/** Elements that stick out of the window at the side. */
const tooWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

/** Texts that their own box cuts off without saying so by dots, and places to go that stand outside theirs. */
const CUT_OFF = `[...document.querySelectorAll('body *')].flatMap((element) => {
  const { overflowX, textOverflow, clip, clipPath } = getComputedStyle(element)
  if (clip !== 'auto' || clipPath !== 'none') return []
  const hides = (overflowX === 'hidden' || overflowX === 'clip') && textOverflow !== 'ellipsis'
  const isPlaces = overflowX === 'auto' && element.closest('nav') !== null
  const text = (element.textContent ?? '').trim()
  const isCut = element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1
  return (hides || isPlaces) && isCut && text !== '' && element.closest('svg') === null ? [text.slice(0, 60)] : []
})`

/** Rules that depend on the width are looked at again with the next frame, which a busy machine draws late. */
async function widen(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: width < 500 ? 844 : 900 })
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
  )
}

/** Adds what is wrong with a screen. */
export async function inspect(page: Page, name: string, found: string[]): Promise<void> {
  found.push(...(await faultsOf(page)).map((fault) => `${name}: ${fault}`))
  for (const width of WIDTHS) {
    await widen(page, width)
    if (await tooWide(page)) found.push(`${name}: sticks out at ${width}`)
    const cut = await page.evaluate<string[]>(CUT_OFF)
    found.push(...cut.map((text) => `${name}: cut off at ${width}: ${text}`))
    if (withPictures) await picture(page, `${name}-${width}`)
  }
  // On a phone other things are shown than on a table, so it is asked about those too.
  await widen(page, WIDTHS[0])
  found.push(...(await faultsOf(page)).map((fault) => `${name} at ${WIDTHS[0]}: ${fault}`))
}
