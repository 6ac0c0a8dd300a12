import { useMantineColorScheme } from '@mantine/core'
import { type KeyboardEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { chooseLanguage } from '../../ui/words/setup.ts'
import { useGo } from './address.tsx'
import { addressOf, meaningOf } from './commands.ts'
import { Dialog } from './dialog.tsx'
import classes from './frame.module.css'

interface Command {
  readonly name: string
  readonly run: () => void
}

const PLACES = [
  ['/', 'overview'],
  ['/orders', 'orders'],
  ['/payments', 'payments'],
  ['/events', 'events'],
  ['/dead-letters', 'letters'],
  ['/conformance', 'conformance'],
] as const

/** Places, theme and language, and any id that is pasted. */
function useCommands(text: string): Command[] {
  const { t } = useTranslation('console')
  const go = useGo()
  const { setColorScheme } = useMantineColorScheme()
  const meaning = meaningOf(text)
  if (meaning.kind !== 'words')
    return [
      { name: t(`palette.${meaning.kind}`, { id: meaning.id }), run: () => go(addressOf(meaning)) },
    ]
  const all: Command[] = [
    ...PLACES.map(([to, name]) => ({ name: t(`place.${name}`), run: () => go({ to }) })),
    { name: t('palette.light'), run: () => setColorScheme('light') },
    { name: t('palette.dark'), run: () => setColorScheme('dark') },
    { name: t('palette.russian'), run: () => void chooseLanguage('ru') },
    { name: t('palette.english'), run: () => void chooseLanguage('en') },
  ]
  return all.filter(({ name }) => name.toLowerCase().includes(meaning.text))
}

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('console')
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const commands = useCommands(text)
  const run = (command: Command | undefined): void => {
    if (command === undefined) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(commands.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') run(commands[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={t('palette.title')} onClose={onClose}>
      <input
        autoFocus
        className={classes.paletteInput}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={commands[at] === undefined ? undefined : `${id}-${at}`}
        aria-label={t('palette.hint')}
        placeholder={t('palette.hint')}
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      {commands.length === 0 && <p className={classes.soft}>{t('palette.none')}</p>}
      <div
        id={`${id}-list`}
        className={classes.found}
        role="listbox"
        aria-label={t('palette.title')}
      >
        {commands.map((command, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          <div
            key={command.name}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === at}
            tabIndex={-1}
            onClick={() => run(command)}
          >
            {command.name}
          </div>
        ))}
      </div>
    </Dialog>
  )
}
