// Programs here are hundreds of small TypeScript files: stripping and compiling them is a quarter of a start. What was compiled is
// kept beside the dependencies, by content and Node's version; where nothing can be written, nothing is kept. An installation for
// production writes nothing but its data.

import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Where; also for programs that are started with `NODE_COMPILE_CACHE`. */
export const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))

if (process.env.NODE_ENV !== 'production') enableCompileCache(COMPILED)
