// Programs here are hundreds of small TypeScript files: stripping and compiling them is most of a start. What was compiled is kept
// beside the dependencies, by content and Node's version; where nothing can be written, nothing is kept.

import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)))
