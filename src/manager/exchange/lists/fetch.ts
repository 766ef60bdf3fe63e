/** Gets what a source holds now. Bounded in size and time; nothing is followed. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { legible } from '#core/legible.ts'
import type { Source } from '#schema/manager-exchange.ts'
import { ask, type Answered } from '../https.ts'
import { isTaxii, mediaType } from '../taxii/answers.ts'
import { mostEntries, parseList, type Read, withoutMark } from './parse.ts'

const mostBytes = 32 << 20
const mostPages = 1000
/** ms of a whole collection: other lists wait for it. */
const collectionMs = 300_000

export interface Wanted {
  readonly format: Source['format']
  readonly url: string | null
  readonly file: string | null
  readonly ca: string | null
  readonly authorization: string | undefined
  /** ETag of what is there, or for TAXII the time of the newest object. */
  readonly mark: string | null
}
export interface Got {
  readonly text: string
  readonly read: Read
  readonly mark: string | null
  /** Adds to what is there instead of taking its place. */
  readonly adds: boolean
}
export interface FetchOptions {
  readonly state: string
  readonly ownPorts: readonly number[]
  readonly signal?: AbortSignal
}

const fromFile = async (state: string, name: string): Promise<string> => {
  const path = join(state, 'lists', name)
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > mostBytes) throw new Fault('refused', `${path} is longer than ${mostBytes} bytes.`)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('file-unreadable', `The list ${path} cannot be read.`, { cause: error })
  }
}

const header = ({ headers }: Answered, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
const refusal = ({ status }: Answered): Fault =>
  new Fault(
    'refused',
    `The source answered ${status}${status >= 300 && status < 400 ? '; redirects are not followed' : ''}.`,
    { advice: 'Check its address and what it asks for, then refresh it.' },
  )

/** The body of a list, which must be as it was asked for. */
const bodyOf = (answered: Answered): string => {
  if (answered.status !== 200) throw refusal(answered)
  const coding = header(answered, 'content-encoding') ?? 'identity'
  if (coding.toLowerCase() !== 'identity')
    throw new Fault(
      'refused',
      `The source answers compressed (${legible(coding.slice(0, 40))}), which was not asked for.`,
      {
        advice: 'Take another address of it, or give the list as a file.',
      },
    )
  return answered.body
}

/**
 * Text without a form of its own may be anything: the page of a log-in, another encoding. Where nothing in it is an address it does not
 * take the place of a list; one that is empty does.
 */
const readOf = async (format: Source['format'], text: string): Promise<Read> => {
  const read = await parseList(format, text)
  if (format === 'plain' && read.entries.length === 0 && read.skipped > 0)
    throw new Fault('refused', `None of its ${read.skipped} lines is an address that a list may name.`, {
      advice:
        'Look at what the source holds: one address or network a line, in UTF-8. What it said before holds until it is stale.',
    })
  return read
}

const Envelope = z.object({
  more: z.boolean().default(false),
  next: z.string().max(4096).optional(),
  objects: z.array(z.unknown()).default([]),
})
const envelopeOf = (body: string): z.output<typeof Envelope> => {
  let value: unknown
  try {
    value = JSON.parse(withoutMark(body))
  } catch {
    value = undefined
  }
  const parsed = Envelope.safeParse(value)
  if (!parsed.success) throw new Fault('refused', 'The source does not answer as TAXII 2.1 does.')
  return parsed.data
}

/** Pages of a TAXII 2.1 collection that were added since the last time (TAXII 2.1, 3.5). */
const fromTaxii = async (wanted: Wanted, url: string, options: FetchOptions): Promise<Got> => {
  const { ca, authorization } = wanted
  const headers = {
    accept: mediaType,
    'accept-encoding': 'identity',
    ...(authorization !== undefined && { authorization }),
  }
  const ended = AbortSignal.timeout(collectionMs)
  const signal = options.signal === undefined ? ended : AbortSignal.any([ended, options.signal])
  const objects: unknown[] = []
  let { mark } = wanted
  let bytes = 0
  let next: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const address = new URL(url)
    if (wanted.mark !== null) address.searchParams.set('added_after', wanted.mark)
    if (next !== undefined) address.searchParams.set('next', next)
    address.searchParams.set('match[type]', 'indicator')
    const answered = await ask({
      method: 'GET',
      url: address.href,
      headers,
      ca: ca ?? undefined,
      mostBytes,
      ...options,
      signal,
    })
    const body = bodyOf(answered)
    bytes += Buffer.byteLength(body)
    if (bytes > mostBytes) throw new Fault('refused', `The collection is longer than ${mostBytes} bytes.`)
    if (!isTaxii(header(answered, 'content-type')))
      throw new Fault('refused', 'The source does not answer as TAXII 2.1 does.')
    const envelope = envelopeOf(body)
    objects.push(...envelope.objects)
    if (objects.length > mostEntries)
      throw new Fault('refused', `The collection has more than ${mostEntries} new objects.`)
    mark = header(answered, 'x-taxii-date-added-last') ?? mark
    next = envelope.next
    if (!envelope.more || next === undefined) break
  }
  const text = JSON.stringify({ objects })
  return { text, read: await parseList('taxii', text), mark, adds: wanted.mark !== null }
}

/** @returns nothing when it is what is there already. @throws Fault or Error that says why not */
export const fetchList = async (wanted: Wanted, options: FetchOptions): Promise<Got | undefined> => {
  const { format, url, file, ca, authorization, mark } = wanted
  if (file !== null) {
    const text = await fromFile(options.state, file)
    return { text, read: await readOf(format, text), mark: null, adds: false }
  }
  if (url === null) throw new Fault('internal', 'A source has neither address nor file.')
  if (format === 'taxii') return fromTaxii(wanted, url, options)
  const headers = {
    accept: '*/*',
    'accept-encoding': 'identity',
    ...(mark !== null && { 'if-none-match': mark }),
    ...(authorization !== undefined && { authorization }),
  }
  const answered = await ask({ method: 'GET', url, headers, ca: ca ?? undefined, mostBytes, ...options })
  if (answered.status === 304 && mark !== null) return undefined
  const text = bodyOf(answered)
  const tag = header(answered, 'etag')?.slice(0, 256) ?? null
  return { text, read: await readOf(format, text), mark: tag, adds: false }
}
