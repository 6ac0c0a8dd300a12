import { useTranslation } from 'react-i18next'
import { isLanguage, type Language } from './language.ts'

/** The language that is read now; the component is drawn again when another is chosen. */
export function useLanguage(): Language {
  const { i18n } = useTranslation()
  return isLanguage(i18n.language) ? i18n.language : 'en'
}
