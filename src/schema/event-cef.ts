/** ArcSight Common Event Format, revision 25 ("Implementing ArcSight CEF"): header and extension with its own two ways to escape. */
import { legibleLines } from '#core/legible.ts'
import { eventKinds } from './event-kinds.ts'
import type { Event, EventEnd } from './event.ts'

export interface Product {
  readonly version: string
  /** Which of our programs tells it; `edge` when absent. */
  readonly product?: string
}

// Beyond what the format asks for: a viewer of the log may be a terminal, so what steers one is shown as dots.
const oneLine = (text: string): string => text.replaceAll('\r\n', '\n')
/** Header fields: `\` and `|`; no line ends at all. */
export const headerText = (text: string): string =>
  legibleLines(
    oneLine(text)
      .replaceAll(/[\r\n]/g, ' ')
      .replaceAll(/[\\|]/g, String.raw`\$&`),
  )
/** Extension values: `\`, `=` and line ends. */
export const extensionText = (text: string): string =>
  legibleLines(
    oneLine(text)
      .replaceAll(/[\\=]/g, String.raw`\$&`)
      .replaceAll('\n', String.raw`\n`)
      .replaceAll('\r', String.raw`\r`),
  )

type Pair = readonly [key: string, value: string | number | undefined]

// `src` and `dst` take IPv4 only; IPv6 goes to the custom address fields that the dictionary sets aside for it.
const ends = (
  end: EventEnd | undefined,
  own: string,
  mac: string,
  host: string,
  six: string,
  label: string,
): readonly Pair[] => {
  const ip = end?.ip
  const isSix = ip?.includes(':') === true
  return [
    [own, isSix ? undefined : ip],
    [six, isSix ? ip : undefined],
    [`${six}Label`, isSix ? label : undefined],
    [mac, end?.mac],
    [host, end?.asset],
  ]
}

const custom = (at: number, label: string, value: string | number | undefined): readonly Pair[] =>
  value === undefined
    ? []
    : [
        [`cs${at}`, value],
        [`cs${at}Label`, label],
      ]

const detailsText = (event: Event): string | undefined =>
  event.details === undefined || Object.keys(event.details).length === 0 ? undefined : JSON.stringify(event.details)

/** One event as one line. */
export const cef = (event: Event, { version, product = 'edge' }: Product): string => {
  const { label, severity } = eventKinds[event.kind]
  const header = ['Bulkhead', product, version, event.kind, label, String(severity)].map(headerText)
  const pairs: readonly Pair[] = [
    ['rt', Date.parse(event.time)],
    ['start', Date.parse(event.first)],
    ['end', Date.parse(event.last)],
    ['cnt', event.count],
    ['externalId', event.id],
    ['cat', event.class],
    ['dvchost', event.edge],
    ...ends(event.source, 'src', 'smac', 'shost', 'c6a2', 'Source IPv6 Address'),
    ...ends(event.destination, 'dst', 'dmac', 'dhost', 'c6a3', 'Destination IPv6 Address'),
    ['proto', event.protocol],
    ['dpt', event.port],
    ['deviceInboundInterface', event.source?.port],
    ['reason', event.reason],
    ['suser', event.by],
    ...custom(1, 'site', event.site),
    ...custom(2, 'zone', event.zone),
    ...custom(3, 'conduit', event.conduit),
    ...custom(4, 'technique', event.technique),
    ...custom(5, 'details', detailsText(event)),
    ...custom(6, 'vlan', event.source?.vlan),
    ['msg', event.text],
  ]
  const extension = pairs
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${extensionText(String(value))}`)
  return `CEF:0|${header.join('|')}|${extension.join(' ')}`
}
