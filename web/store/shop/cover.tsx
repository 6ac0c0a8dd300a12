import { useId } from 'react'
import { coverArt, HEIGHT, type Shape, WIDTH } from '../data/cover-art.ts'
import classes from './cover.module.css'

function Piece({ kind, fill, opacity, d, at = [0, 0, 0] }: Shape) {
  if (kind === 'path') return <path d={d} fill={fill} opacity={opacity} />
  return <circle cx={at[0]} cy={at[1]} r={at[2]} fill={fill} opacity={opacity} />
}

/** A game's cover. It says nothing that the title beside it does not. */
export function Cover({ productId }: { readonly productId: string }) {
  const sky = useId()
  const art = coverArt(productId)
  return (
    <svg
      className={classes.cover}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <linearGradient id={sky} x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stopColor={art.sky[0]} />
        <stop offset="0.8" stopColor={art.sky[1]} />
      </linearGradient>
      <rect width={WIDTH} height={HEIGHT} fill={`url(#${sky})`} />
      {art.shapes.map((shape, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shapes of a cover never change their order.
        <Piece key={index} {...shape} />
      ))}
    </svg>
  )
}
