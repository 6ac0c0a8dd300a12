import { useTranslation } from 'react-i18next'

const KNOWN = [
  ...(['adventure', 'simulation', 'puzzle', 'strategy', 'rhythm'] as const),
  ...(['action', 'horror', 'racing', 'role-playing'] as const),
]

/** Names of genres; one that has no name yet is shown as the catalogue has it. */
export function useGenre(): (genre: string) => string {
  const { t } = useTranslation('store')
  return (genre) => {
    const known = KNOWN.find((one) => one === genre)
    return known === undefined ? genre : t(`genre.${known}`)
  }
}
