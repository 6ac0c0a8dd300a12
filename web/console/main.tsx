// The console's page.

import '../ui/look/styles.ts'
import '@mantine/core/styles/Menu.css'
import { RouterProvider } from '@tanstack/react-router'
import { Foundation, openParts } from '../ui/foundation.tsx'
import { mountPage } from '../ui/mount.tsx'
import { Announcer } from '../ui/parts/announcer.tsx'
import { openWords } from '../ui/words/setup.ts'
import { router } from './router.tsx'
import type { en } from './words/en.ts'

declare module '../ui/words/dictionary.ts' {
  interface Dictionaries {
    console: typeof en
  }
}

await openWords({
  en: async () => ({
    ui: (await import('../ui/words/en.ts')).en,
    console: (await import('./words/en.ts')).en,
  }),
  ru: async () => ({
    ui: (await import('../ui/words/ru.ts')).ru,
    console: (await import('./words/ru.ts')).ru,
  }),
})
mountPage(
  <Foundation parts={openParts('rialto.console.session')}>
    <Announcer>
      {/* The types of addresses are those of the store, whose router is the registered one. */}
      <RouterProvider router={router as never} />
    </Announcer>
  </Foundation>,
)
