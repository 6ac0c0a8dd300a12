// One look for the store and the console: a lagoon green on warm stone. Shade 8 carries white text at 4.5:1 in both schemes;
// the library's own darker default does not.

import { createTheme, type MantineColorsTuple } from '@mantine/core'

const lagoon: MantineColorsTuple = [
  '#e8f6f6',
  '#d3ebeb',
  '#a6d8d9',
  '#75c3c6',
  '#4fb2b6',
  '#36a7ac',
  '#1f8a90',
  '#157a81',
  '#0b6b74',
  '#04555d',
]

/** Greys of the dark scheme, with the same cool cast as our tokens. */
const dark: MantineColorsTuple = [
  '#e8ecee',
  '#c3ccd1',
  '#a9b4ba',
  '#8b979e',
  '#5d6a72',
  '#434f57',
  '#2b353c',
  '#1f272d',
  '#1a2126',
  '#11161a',
]

export const theme = createTheme({
  primaryColor: 'lagoon',
  primaryShade: { light: 8, dark: 8 },
  colors: { lagoon, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: '650' },
  // 44 px: large enough for a thumb.
  components: { Button: { defaultProps: { mih: 44 } } },
})
