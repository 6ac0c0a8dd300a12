import { ActionIcon, Popover, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { isLanguage } from '../words/language.ts'
import { chooseLanguage } from '../words/setup.ts'
import { useLanguage } from '../words/use-language.ts'
import { Icon } from './icon.tsx'
import classes from './preferences.module.css'

const SCHEMES = ['auto', 'light', 'dark'] as const

/** Theme and language, both at once in effect and kept in this browser. */
export function Preferences() {
  const { t } = useTranslation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const language = useLanguage()
  const id = useId()
  const names = { auto: t('shell.system'), light: t('shell.light'), dark: t('shell.dark') }
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus withinPortal={false}>
      <Popover.Target>
        <ActionIcon variant="subtle" size={44} color="gray" aria-label={t('shell.settings')}>
          <Icon name="settings" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('shell.settings')}>
        <p id={`${id}-theme`} className={classes.label}>
          {t('shell.theme')}
        </p>
        <SegmentedControl
          aria-labelledby={`${id}-theme`}
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((one) => one === value) ?? 'auto')}
          data={SCHEMES.map((value) => ({ value, label: names[value] }))}
        />
        <p id={`${id}-language`} className={classes.label}>
          {t('shell.language')}
        </p>
        <SegmentedControl
          aria-labelledby={`${id}-language`}
          fullWidth
          value={language}
          onChange={(value) => void (isLanguage(value) && chooseLanguage(value))}
          data={[
            { value: 'ru', label: <span lang="ru">Русский</span> },
            { value: 'en', label: <span lang="en">English</span> },
          ]}
        />
      </Popover.Dropdown>
    </Popover>
  )
}
