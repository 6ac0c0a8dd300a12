// The store's page.

import '../ui/look/styles.ts'
import '@mantine/core/styles/Indicator.css'
import '@mantine/core/styles/Menu.css'
import { RouterProvider } from '@tanstack/react-router'
import { Foundation, openParts } from '../ui/foundation.tsx'
import { LiveUpdates } from '../ui/live/live.tsx'
import { mountPage } from '../ui/mount.tsx'
import { Announcer } from '../ui/parts/announcer.tsx'
import { openWords } from '../ui/words/setup.ts'
import { affectedBy } from './data/affected.ts'
import { router } from './router.tsx'
import type { en } from './words/en.ts'

declare module '../ui/words/dictionary.ts' {
  interface Dictionaries {
    store: typeof en
  }
}

await openWords({
  en: async () => ({
    ui: (await import('../ui/words/en.ts')).en,
    store: (await import('./words/en.ts')).en,
  }),
  ru: async () => ({
    ui: (await import('../ui/words/ru.ts')).ru,
    store: (await import('./words/ru.ts')).ru,
  }),
})
mountPage(
  <Foundation parts={openParts()}>
    <Announcer>
      <LiveUpdates affected={affectedBy}>
        <RouterProvider router={router} />
      </LiveUpdates>
    </Announcer>
  </Foundation>,
)
