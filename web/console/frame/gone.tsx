import { useTranslation } from 'react-i18next'
import { Go } from './address.tsx'
import { Page } from './page.tsx'

export function Gone() {
  const { t } = useTranslation('console')
  return (
    <Page title={t('gone.title')}>
      <p>{t('gone.text')}</p>
      <Go to="/">{t('gone.home')}</Go>
    </Page>
  )
}
