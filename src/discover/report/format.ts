/** Numbers, times and names as a report writes them. */
import type { Risk } from '#core/protocol.ts'
import type { Command, Rhythm } from '../model.ts'

/** `1,234,567` */
export const number = (value: number): string =>
  Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** `1 finding`, `1,234 findings` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`

/** `4 B`, `1.2 MB` */
export const bytes = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let [size, at] = [value, 0]
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000
    at++
  }
  return `${at === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[at] ?? ''}`
}

const clock = (timezone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, ...options })

export interface Times {
  /** `2026-03-02 06:00` */
  readonly minute: (at: number) => string
  /** `2026-03-02 06:00:07` */
  readonly second: (at: number) => string
  readonly zone: string
}

export const timesIn = (timezone: string): Times => {
  const date = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
  const [minute, second] = [clock(timezone, date), clock(timezone, { ...date, second: '2-digit' })]
  return { minute: (at) => minute.format(at), second: (at) => second.format(at), zone: timezone }
}

/** `every 1 s`, `every 250 ms`, `every 5 min ± 40 %` */
export const rhythmText = (rhythm: Rhythm | undefined): string => {
  if (rhythm === undefined || rhythm.count < 2) return ''
  const { meanMs, deviationMs } = rhythm
  const text =
    meanMs < 1000
      ? `${Math.round(meanMs)} ms`
      : meanMs < 90_000
        ? `${Number((meanMs / 1000).toFixed(1))} s`
        : meanMs < 5_400_000
          ? `${Number((meanMs / 60_000).toFixed(1))} min`
          : `${Number((meanMs / 3_600_000).toFixed(1))} h`
  const variation = meanMs > 0 ? Math.round((deviationMs / meanMs) * 100) : 0
  return `every ${text}${variation > 15 ? ` ± ${number(variation)} %` : ''}`
}

const ranges = (list: readonly (readonly [number, number])[]): string => {
  const shown = list.slice(0, 6).map(([low, high]) => (low === high ? String(low) : `${low}–${high}`))
  return `${shown.join(', ')}${list.length > shown.length ? ', …' : ''}`
}

/** What a command is about: `units 1, registers 100–119`, and the values that it wrote. */
export const objectText = ({ spans, texts, values, step }: Command): string =>
  [
    ...Object.entries(spans).map(([name, list]) => `${name} ${ranges(list)}`),
    ...Object.entries(texts).map(
      ([name, list]) => `${name} ${list.slice(0, 4).join(', ')}${list.length > 4 ? ', …' : ''}`,
    ),
    ...(values === undefined ? [] : [values[0] === values[1] ? `= ${values[0]}` : `= ${values[0]} … ${values[1]}`]),
    ...(step === undefined ? [] : [`step ≤ ${step}`]),
  ].join('; ')

/** Levels of the Purdue model; IEC 62443 zones lie on them. */
export const levelName = (level: number): string => {
  if (level >= 5) return 'Internet and partners'
  if (level >= 4) return 'Enterprise'
  if (level > 3) return 'Demilitarised zone'
  return ['Process', 'Control', 'Supervision', 'Operations'][Math.floor(level)] ?? 'Unknown'
}

/** From harmless to what can change a controller's logic; the order of {@link riskOrder} is that of worse. */
export const riskOrder = [
  'session',
  'discover',
  'read',
  'file',
  'write',
  'control',
  'program',
] as const satisfies readonly Risk[]

export const worse = (a: Risk | undefined, b: Risk | undefined): Risk | undefined => {
  if (a === undefined) return b
  return b === undefined || riskOrder.indexOf(a) >= riskOrder.indexOf(b) ? a : b
}

export const clip = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)

/** Both ends of a long name: generated ones differ in their last letters. */
export const elided = (text: string, most: number): string => {
  if (text.length <= most) return text
  const end = Math.floor((most - 1) / 2)
  return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`
}
