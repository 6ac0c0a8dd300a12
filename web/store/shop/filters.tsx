import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/shell/icon.tsx'
import { useGenre } from '../data/use-genre.ts'
import classes from './filters.module.css'

const TYPING_PAUSE_MS = 250

/** Search and genre. They live in the address, so that a link shows what was seen. */
export function Filters({ genres }: { readonly genres: readonly string[] }) {
  const { t } = useTranslation('store')
  const name = useGenre()
  const { q = '', genre } = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  const [typed, setTyped] = useState(q)
  // The back button changes the address under the field.
  useEffect(() => setTyped(q), [q])
  const search = useDebouncedCallback((words: string) => {
    const rest = genre === undefined ? {} : { genre }
    void navigate({ search: words === '' ? rest : { ...rest, q: words }, replace: true })
  }, TYPING_PAUSE_MS)
  const choose = (next: string | undefined): void =>
    void navigate({
      search: { ...(q === '' ? {} : { q }), ...(next === undefined ? {} : { genre: next }) },
    })
  const chips: readonly (string | undefined)[] = [undefined, ...genres]
  return (
    <search className={classes.filters}>
      <TextInput
        type="search"
        size="md"
        aria-label={t('shop.search')}
        placeholder={t('shop.search')}
        leftSection={<Icon name="search" size={18} />}
        value={typed}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value)
          search(currentTarget.value.trim())
        }}
      />
      <fieldset className={classes.genres}>
        <legend className={classes.hidden}>{t('shop.genres')}</legend>
        {chips.map((one) => (
          <button
            type="button"
            key={one ?? ''}
            className={classes.genre}
            aria-pressed={one === genre}
            onClick={() => choose(one)}
          >
            {one === undefined ? t('shop.all') : name(one)}
          </button>
        ))}
      </fieldset>
    </search>
  )
}
