import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Page } from './page.tsx'

export function Gone() {
  const { t } = useTranslation('store')
  return (
    <Page title={t('gone.title')}>
      <p>{t('gone.text')}</p>
      <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('cart.toShop')}</Button>
    </Page>
  )
}
