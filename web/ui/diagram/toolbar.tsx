// How the diagram is looked at, and how it is taken away.

import type { AlignedRow } from '@rialto/flows/checker/align.ts'
import classes from './diagram.module.css'
import { mermaidOf, svgOf } from './pure/export.ts'
import type { Layout } from './pure/layout.ts'
import type { DiagramWords } from './words/words.ts'

export type Mode = 'both' | 'recorded' | 'differences' | 'list'

export interface ToolbarProps {
  readonly mode: Mode
  readonly setMode: (mode: Mode) => void
  readonly steps: boolean
  readonly setSteps: (on: boolean) => void
  readonly additions: boolean
  readonly setAdditions: (on: boolean) => void
  readonly words: DiagramWords
  readonly rows: readonly AlignedRow[]
  readonly layout: Layout
  /** Of the file that is saved. */
  readonly name: string
}

function save(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

function Check({ text, on, set }: { text: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label className={classes.check}>
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} /> {text}
    </label>
  )
}

export function Toolbar(props: ToolbarProps) {
  const { mode, setMode, words, rows, layout, name } = props
  const { ui } = words
  const modes = [
    ['both', ui.sideBySide],
    ['recorded', ui.recordedOnly],
    ['differences', ui.differences],
    ['list', ui.list],
  ] as const
  return (
    <div className={classes.toolbar}>
      {/* biome-ignore lint/a11y/useSemanticElements: a field set is for forms. */}
      <div className={classes.modes} role="group" aria-label={ui.view}>
        {modes.map(([value, text]) => (
          <button
            key={value}
            type="button"
            data-mode={value}
            aria-pressed={mode === value}
            onClick={() => setMode(value)}
          >
            {text}
          </button>
        ))}
      </div>
      <Check text={ui.steps} on={props.steps} set={props.setSteps} />
      <Check text={ui.additions} on={props.additions} set={props.setAdditions} />
      <div className={classes.exports}>
        <button
          type="button"
          onClick={() => save(`${name}.svg`, svgOf(layout, words, name), 'image/svg+xml')}
        >
          {ui.exportSvg}
        </button>
        <button
          type="button"
          onClick={() => save(`${name}.mmd`, mermaidOf(rows, words), 'text/plain')}
        >
          {ui.exportMermaid}
        </button>
      </div>
    </div>
  )
}
