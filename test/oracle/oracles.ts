/** The oracles that are there: for every codec NAME, what `./NAME.ts` exports as `NAMEOracle`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Codec } from '#core/codec.ts'
import { codecs } from '#protocols/codecs.ts'
import type { Oracle } from './oracle.ts'

export interface Subject {
  readonly codec: Codec
  readonly oracle: Oracle
}

const isOracle = (value: unknown): value is Oracle =>
  typeof value === 'object' && value !== null && 'expected' in value && 'ours' in value && 'filter' in value

/** All, or those of the given protocols; a protocol without an oracle is not among them. */
export const loadOracles = async (names: readonly string[] = []): Promise<readonly Subject[]> => {
  const subjects: Subject[] = []
  for (const [name, codec] of Object.entries(codecs)) {
    const file = join(import.meta.dirname, `${name}.ts`)
    if ((names.length > 0 && !names.includes(name)) || !existsSync(file)) continue
    const module: Readonly<Record<string, unknown>> = await import(file)
    const oracle = module[`${name}Oracle`]
    if (!isOracle(oracle)) throw new TypeError(`test/oracle/${name}.ts exports no ${name}Oracle`)
    subjects.push({ codec, oracle })
  }
  return subjects
}
