import { create } from 'qrcode'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './qr.module.css'

/** A QR code, drawn as one path: dark on white in both schemes, because scanners want it so. */
export function Qr({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t } = useTranslation()
  const { path, size } = useMemo(() => drawn(text), [text])
  return (
    <svg
      className={classes.code}
      viewBox={`-4 -4 ${size + 8} ${size + 8}`}
      role="img"
      aria-label={label ?? t('qr.label')}
      shapeRendering="crispEdges"
    >
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}

function drawn(text: string): { path: string; size: number } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  let path = ''
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column) === 1) path += `M${column} ${row}h1v1h-1z`
  return { path, size: modules.size }
}
