// The picture: sticky heads, lifelines, rows. It follows the newest message until the person scrolls, and is walked by the arrow
// keys as one stop of the Tab key.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  useEffect,
  useRef,
  useState,
} from 'react'
import { inSight, type Layout, ROW_HEIGHT } from '../pure/layout.ts'
import type { Shown } from '../pure/shown.ts'
import { type Direction, walk } from '../pure/walk.ts'
import type { DiagramWords } from '../words/words.ts'
import { Row } from './arrows.tsx'
import classes from './canvas.module.css'
import { Heads } from './heads.tsx'

export interface CanvasProps {
  readonly layout: Layout
  readonly shown: readonly Shown[]
  readonly rows: readonly AlignedRow[]
  readonly words: DiagramWords
  readonly chosen: string | undefined
  readonly lit: string | undefined
  readonly isLive: boolean
  readonly onLight: (id: string | undefined) => void
  /** Opens a message, or a fold. */
  readonly onOpen: (id: string) => void
}

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'cause',
  ArrowRight: 'effect',
  Home: 'first',
  End: 'last',
}

const idAt = (target: EventTarget): string | undefined =>
  target instanceof Element
    ? (target.closest('[data-id]')?.getAttribute('data-id') ?? undefined)
    : undefined

/** Ids that came after the picture was first drawn. */
function useArrivals(shown: readonly Shown[]): ReadonlySet<string> {
  const known = useRef<Set<string> | undefined>(undefined)
  const fresh = new Set<string>()
  if (known.current !== undefined)
    for (const { id } of shown) if (!known.current.has(id)) fresh.add(id)
  useEffect(() => {
    known.current = new Set([...(known.current ?? []), ...shown.map((one) => one.id)])
  }, [shown])
  return fresh
}

const lastSeen = (layout: Layout): number =>
  layout.rows.findLast((laid) => laid.seen !== undefined)?.y ?? 0

/** What bears the focus of a row: a fold itself, of a message the ground over it. */
function focusOf(box: HTMLDivElement, id: string): SVGElement | null {
  const row = `[data-id="${CSS.escape(id)}"]`
  return box.querySelector<SVGElement>(`${row}[role=button], ${row} [role=button]`)
}

/** Brings a row into sight, below the heads. */
function reveal(box: HTMLDivElement, y: number, headHeight: number): void {
  const bottom = box.scrollTop + box.clientHeight - headHeight - 2 * ROW_HEIGHT
  if (y < box.scrollTop) box.scrollTop = Math.max(0, y - ROW_HEIGHT)
  else if (y > bottom) box.scrollTop += y - bottom
}

/** Keeps the newest recorded message in sight while it is live and nobody has scrolled. */
function useTail(layout: Layout, isLive: boolean) {
  const box = useRef<HTMLDivElement>(null)
  const own = useRef(-1)
  const [isFollowing, setFollowing] = useState(true)
  const [window, setWindow] = useState({ top: 0, height: 800 })
  const tail = lastSeen(layout)
  useEffect(() => {
    const { current } = box
    if (current === null || !isLive || !isFollowing) return
    const top = Math.max(0, tail + 3 * ROW_HEIGHT - (current.clientHeight - layout.headHeight))
    own.current = top
    current.scrollTop = top
  }, [tail, isLive, isFollowing, layout.headHeight])
  const onScroll = (): void => {
    const { current } = box
    if (current === null) return
    setWindow({ top: current.scrollTop, height: current.clientHeight })
    if (Math.abs(current.scrollTop - own.current) > 2) setFollowing(false)
  }
  return { box, window, onScroll, isFollowing, follow: () => setFollowing(true) }
}

export function Canvas(props: CanvasProps) {
  const { layout, shown, rows, words, chosen, lit, isLive, onLight, onOpen } = props
  const { box, window, onScroll, isFollowing, follow } = useTail(layout, isLive)
  const [focused, setFocused] = useState<string | undefined>(undefined)
  const fresh = useArrivals(shown)
  const stop = shown.some((one) => one.id === focused) ? focused : shown[0]?.id
  const chosenY = layout.rows.find((laid) => laid.id === chosen)?.y
  useEffect(() => {
    if (box.current !== null && chosenY !== undefined)
      reveal(box.current, chosenY, layout.headHeight)
  }, [box, chosenY, layout.headHeight])
  const pair = rows.find((row) => row.id === lit)?.pair
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      if (stop !== undefined) onOpen(stop)
      return
    }
    const direction = KEYS[event.key]
    if (direction === undefined) return
    event.preventDefault()
    const next = walk(shown, rows, { from: stop, direction })
    setFocused(next)
    const laid = layout.rows.find((one) => one.id === next)
    const { current } = box
    if (laid === undefined || current === null) return
    reveal(current, laid.y, layout.headHeight)
    requestAnimationFrame(() =>
      focusOf(current, laid.id)?.focus({
        preventScroll: true,
      }),
    )
  }
  const onClick = (event: MouseEvent): void => {
    const id = idAt(event.target)
    if (id === undefined) return
    setFocused(id)
    onOpen(id)
  }
  const onPointerOver = (event: PointerEvent): void => onLight(idAt(event.target))
  const panes = layout.panes === 2 ? [0, layout.paneWidth] : [0]
  return (
    <div className={classes.frame}>
      <div className={classes.scroller} ref={box} onScroll={onScroll}>
        <Heads layout={layout} words={words} />
        {/* biome-ignore lint/a11y/useSemanticElements: an SVG has no field set; its rows are the buttons. */}
        <svg
          role="group"
          aria-label={words.ui.title}
          width={layout.width}
          height={layout.height}
          className={classes.picture}
          onKeyDown={onKeyDown}
          onClick={onClick}
          onPointerOver={onPointerOver}
          onPointerLeave={() => onLight(undefined)}
        >
          <g>
            {panes.flatMap((left) =>
              layout.lanes.map(({ id, x, kind }) => (
                <path
                  key={`${left} ${id}`}
                  d={`M${left + x} 0V${layout.height}`}
                  className={classes.lifeline}
                  data-kind={kind}
                />
              )),
            )}
            {layout.panes === 2 && (
              <path d={`M${layout.paneWidth} 0V${layout.height}`} className={classes.divider} />
            )}
          </g>
          {inSight(layout, window).map((laid) => (
            <Row
              key={laid.id}
              laid={laid}
              y={laid.y}
              paneWidth={layout.paneWidth}
              panes={layout.panes}
              words={words}
              isFocused={laid.id === stop}
              isChosen={laid.id === chosen}
              isLit={laid.id === lit || (pair !== undefined && pairOf(laid.shown) === pair)}
              isNew={fresh.has(laid.id)}
            />
          ))}
        </svg>
      </div>
      {isLive && !isFollowing && (
        <button type="button" className={classes.follow} onClick={follow}>
          ↓ {words.ui.follow}
        </button>
      )}
    </div>
  )
}

const pairOf = (shown: Shown): number | undefined =>
  shown.kind === 'row' ? shown.row.pair : undefined
