import { useTranslation } from 'react-i18next'
import { readFacts } from '../../ui/facts.ts'
import { useFoundation } from '../../ui/foundation.tsx'
import { chooseRegion, isRegion, REGIONS, useRegion } from '../data/region.ts'
import classes from './frame.module.css'

function RegionChoice() {
  const { t } = useTranslation('store')
  const { session } = useFoundation()
  const region = useRegion()
  if (session !== undefined) return null
  return (
    <label>
      {t('region.pick')}{' '}
      <select
        value={region}
        onChange={({ target }) => isRegion(target.value) && chooseRegion(target.value)}
      >
        {REGIONS.map((one) => (
          <option key={one} value={one}>
            {t(`region.${one}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

export function Footer() {
  const { t } = useTranslation('store')
  const facts = readFacts()
  return (
    <div className={classes.foot}>
      <div>
        {facts.demo && <p>{t('foot.demo')}</p>}
        {facts.simulated.money && <p>{t('foot.simulated')}</p>}
        <p>{t('foot.help')}</p>
      </div>
      <div className={classes.links}>
        <RegionChoice />
        {facts.mailbox !== undefined && <a href="/mailbox">{t('foot.mailbox')}</a>}
        <a href="/docs">{t('foot.api')}</a>
      </div>
    </div>
  )
}
