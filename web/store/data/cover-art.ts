// Covers, made from a game's id: the same id gives the same picture everywhere and for ever, and nothing is downloaded. A hash of
// the id seeds a small generator, which chooses a palette, a sky, a horizon and one of a few compositions.

export interface Shape {
  readonly kind: 'circle' | 'path'
  readonly fill: string
  readonly opacity: number
  /** Of a path. */
  readonly d?: string
  /** Of a circle. */
  readonly at?: readonly [x: number, y: number, radius: number]
}

export interface CoverArt {
  readonly sky: readonly [top: string, bottom: string]
  readonly shapes: readonly Shape[]
}

export const WIDTH = 300
export const HEIGHT = 400

type Random = () => number

/** FNV-1a, then mulberry32: small, and the same in every browser. */
function randomOf(seed: string): Random {
  let hash = 0x811c9dc5
  for (const character of seed) {
    hash ^= character.codePointAt(0) ?? 0
    hash = Math.imul(hash, 0x01000193)
  }
  return () => {
    hash = (hash + 0x6d2b79f5) | 0
    let mixed = Math.imul(hash ^ (hash >>> 15), 1 | hash)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
}

/** Sky above, sky below, far, near, light. */
const PALETTES = [
  ['#12324a', '#e88f6a', '#25536b', '#0d2433', '#ffe3b3'],
  ['#2b1a3d', '#d9577b', '#512a5c', '#1a0f29', '#ffd9e0'],
  ['#0e3b36', '#c9d98a', '#1f6355', '#082823', '#fff6c9'],
  ['#1c2140', '#7a8fe0', '#323a73', '#10142b', '#e6ecff'],
  ['#4a1d12', '#f2b04b', '#80351b', '#2e110a', '#fff0c7'],
  ['#133244', '#8fd3d1', '#2a6275', '#0a1f2c', '#f2fffd'],
  ['#33202b', '#e3a7a0', '#6b3f4c', '#1f1219', '#fff1e6'],
  ['#1f2a1c', '#b7c77b', '#46592f', '#131a10', '#fdf7d0'],
] as const

const round = (value: number): number => Math.round(value * 10) / 10

function ridge(random: Random, baseline: number, height: number): string {
  const steps = 5 + Math.floor(random() * 4)
  const points = Array.from({ length: steps + 1 }, (_, step) => {
    const x = round((WIDTH / steps) * step)
    return `${x} ${round(baseline - random() * height)}`
  })
  return `M0 ${HEIGHT}L${points.join('L')}L${WIDTH} ${HEIGHT}Z`
}

function waves(random: Random, baseline: number): string {
  const swell = 8 + random() * 18
  const length = 60 + random() * 60
  let d = `M0 ${HEIGHT}L0 ${round(baseline)}`
  for (let x = 0; x < WIDTH; x += length)
    d += `q${round(length / 4)} ${round(-swell)} ${round(length / 2)} 0t${round(length / 2)} 0`
  return `${d}L${WIDTH + 120} ${HEIGHT}Z`
}

function towers(random: Random, baseline: number): string {
  let d = ''
  for (let x = -10; x < WIDTH; ) {
    const width = 18 + random() * 34
    const top = baseline - 30 - random() * 120
    d += `M${round(x)} ${HEIGHT}V${round(top)}h${round(width)}V${HEIGHT}z`
    x += width + random() * 16
  }
  return d
}

const COMPOSITIONS = [ridge, waves, towers] as const

function stars(random: Random, fill: string): Shape[] {
  return Array.from({ length: 6 + Math.floor(random() * 12) }, () => ({
    kind: 'circle',
    fill,
    opacity: round(0.3 + random() * 0.5),
    at: [round(random() * WIDTH), round(random() * HEIGHT * 0.5), round(0.8 + random() * 1.8)],
  }))
}

/** The picture of a product. */
export function coverArt(productId: string): CoverArt {
  const random = randomOf(productId)
  // Ids that count up differ little at first; the first draws would look alike.
  for (let spin = 0; spin < 4; spin++) random()
  const [top, bottom, far, near, light] =
    PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0]
  const draw = COMPOSITIONS[Math.floor(random() * COMPOSITIONS.length)] ?? ridge
  const baseline = HEIGHT * (0.55 + random() * 0.15)
  const sun: Shape = {
    ...({ kind: 'circle', fill: light, opacity: 0.92 } as const),
    at: [round(60 + random() * 180), round(70 + random() * 130), round(22 + random() * 46)],
  }
  return {
    sky: [top, bottom],
    shapes: [
      ...stars(random, light),
      sun,
      { kind: 'path', fill: far, opacity: 0.75, d: draw(random, baseline, 110) },
      { kind: 'path', fill: near, opacity: 0.95, d: draw(random, baseline + 70, 90) },
    ],
  }
}
