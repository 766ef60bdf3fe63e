/** Lists of others as networks. Everything in them is hostile: bounded, and what is not understood is counted and left out. */
import { setImmediate as turn } from 'node:timers/promises'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Source } from '#schema/manager-exchange.ts'
import { cidrText, shortest, spanOf } from '../networks.ts'
import { addressesIn } from './pattern.ts'

export interface Entry {
  readonly network: string
  /** Of the STIX indicator; empty elsewhere. */
  readonly ref: string
  /** ms since 1970 */
  readonly until?: number
}
export interface Read {
  readonly entries: readonly Entry[]
  /** Lines or objects that are no addresses. */
  readonly skipped: number
  /** Indicators of which this says something new: what they said before no longer holds. */
  readonly renewed: readonly string[]
}

export const mostEntries = 200_000

/** A network so wide names no source: whoever lists it would judge whole parts of the world. */
const isTooWide = (text: string): boolean => {
  const span = spanOf(text)
  return span === undefined || span.length < shortest[span.family]
}

/** Entries after which others have their turn: orders do not wait for lists. */
export const slice = 500

/** Nothing stands for nothing: an empty line. */
const collect = async (texts: Iterable<string>): Promise<Read> => {
  const entries = new Map<string, Entry>()
  let skipped = 0
  let at = 0
  for (const text of texts) {
    if (at++ % slice === slice - 1) await turn()
    if (text === '') continue
    const network = isTooWide(text) ? undefined : cidrText(text)
    if (network === undefined) skipped++
    else entries.set(network, { network, ref: '' })
    if (entries.size > mostEntries) throw new Fault('refused', `The list has more than ${mostEntries} entries.`)
  }
  return { entries: [...entries.values()], skipped, renewed: [] }
}

/** Longer than any network with what may stand around it; what follows in a line is a remark. */
const longestLine = 256

/** The first word of each line, one after another: a list may be nothing but ends of lines, and those may be CR alone. */
function* wordsIn(text: string): Generator<string, void> {
  const ends = /[\r\n]/g
  for (let from = 0; from <= text.length;) {
    ends.lastIndex = from
    const end = ends.exec(text)?.index ?? text.length
    const [said = ''] = text.slice(from, Math.min(end, from + longestLine)).split(/#|;|\/\//, 1)
    const [word = ''] = said.trim().split(/[\s,]/, 1)
    yield word.slice(0, 64)
    from = end + 1
  }
}

/** One a line; what stands behind `#`, `;`, `//`, a comma or a space is a remark. */
const plain = (text: string): Promise<Read> => collect(wordsIn(text))

const Warnings = z.object({ list: z.array(z.string().max(2048)).max(1_000_000) })
const Bundle = z.object({ objects: z.array(z.unknown()).max(500_000).default([]) })
const isIndicator = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'indicator'
const Indicator = z.object({
  /** Kept as it is. Its form (STIX 2.1, 2.9) is not asked for; what no database stores is. */
  id: z.string().regex(/^[\x21-\x7e]{1,128}$/),
  pattern: z.string().max(100_000),
  pattern_type: z.string().optional(),
  valid_until: z.iso.datetime().optional(),
  revoked: z.boolean().optional(),
})

/** RFC 8259, 8.1: a byte-order mark may be passed over. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '')

const json = <T>(schema: z.ZodType<T>, text: string, what: string): T => {
  let value: unknown
  try {
    value = JSON.parse(withoutMark(text))
  } catch {
    throw new Fault('refused', `The answer is not ${what}: no JSON.`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Fault('refused', `The answer is not ${what}.`)
  return parsed.data
}

/** Also a TAXII envelope. Later versions of an object stand later, and win. */
const stix = async (text: string): Promise<Read> => {
  const entries = new Map<string, Entry>()
  const keys = new Map<string, string[]>()
  const renewed = new Set<string>()
  let skipped = 0
  for (const [at, one] of json(Bundle, text, 'a STIX 2.1 bundle or a TAXII envelope').objects.entries()) {
    if (at % slice === slice - 1) await turn()
    if (!isIndicator(one)) continue
    const parsed = Indicator.safeParse(one)
    if (!parsed.success) {
      skipped++
      continue
    }
    const { id, pattern, pattern_type = 'stix', valid_until, revoked } = parsed.data
    // Everything that an earlier version of it said ends here.
    if (renewed.has(id)) for (const key of keys.get(id) ?? []) entries.delete(key)
    renewed.add(id)
    keys.set(id, [])
    if (revoked === true) continue
    const found = pattern_type === 'stix' ? addressesIn(pattern) : undefined
    if (found === undefined) skipped++
    for (const network of found ?? []) {
      const canonical = isTooWide(network) ? undefined : cidrText(network)
      if (canonical === undefined) skipped++
      else {
        const key = `${id} ${canonical}`
        // Years before ours are over all the same, and not all of them are times of a database.
        const until = valid_until === undefined ? {} : { until: Math.max(0, Date.parse(valid_until)) }
        entries.set(key, { network: canonical, ref: id, ...until })
        keys.get(id)?.push(key)
      }
      if (entries.size > mostEntries) throw new Fault('refused', `The list has more than ${mostEntries} entries.`)
    }
  }
  return { entries: [...entries.values()], skipped, renewed: [...renewed] }
}

/** MISP's warning lists also hold names and hashes: those are left out. */
const misp = async (text: string): Promise<Read> => collect(json(Warnings, text, 'a MISP warning list').list)

const parsers: Readonly<Record<Source['format'], (text: string) => Promise<Read>>> = { plain, misp, stix, taxii: stix }

/** @throws Fault `refused` when it is no such list, or too long */
export const parseList = (format: Source['format'], text: string): Promise<Read> => parsers[format](text)
