import { createRequire } from 'node:module'
import type * as Full from './full.ts'
import type { Yaml } from './marks.ts'
import { readPlainYaml } from './plain.ts'

const require = createRequire(import.meta.url)

/** Loaded when it is needed: most documents are plain, and the library behind it is 72 modules. */
const readFullYaml = (text: string): Yaml => {
  const full: typeof Full = require('./full.ts')
  return full.readFullYaml(text)
}

/** Reads a YAML document, never throwing whatever the text; errors are in `faults`. */
export const readYaml = (text: string): Yaml => readPlainYaml(text) ?? readFullYaml(text)
