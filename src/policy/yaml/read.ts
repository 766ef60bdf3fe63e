import { readFullYaml } from './full.ts'
import type { Yaml } from './marks.ts'
import { readPlainYaml } from './plain.ts'

/** Reads a YAML document, never throwing whatever the text; errors are in `faults`. */
export const readYaml = (text: string): Yaml => readPlainYaml(text) ?? readFullYaml(text)
