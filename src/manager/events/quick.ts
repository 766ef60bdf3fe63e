/**
 * A quick yes to what nearly every event looks like. It says yes to nothing that the schema refuses, and whatever it does not know goes
 * there: the schema decides, and says what is wrong. quick.test.ts holds the two together.
 */
import { isIP } from 'node:net'
import { idPattern } from '#core/id.ts'
import { eventClasses } from '#schema/event-kinds.ts'
import type { StoredEvent } from '#schema/manager-events.ts'

type Check = (value: unknown) => boolean

const classes: ReadonlySet<unknown> = new Set(eventClasses)
const kind = /^[a-z][a-z0-9-]{0,39}$/
/** A subset of what is a time: no 29th of February, no 31st. */
const time =
  /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]|(?<!-02-)(?:29|30)|(?<=-(?:01|03|05|07|08|10|12)-)31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

const isText =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= most
const fits =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const isWhole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
const label = isText(64)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every member is known and fits; each of `needed` is there. Of what JSON.parse made: it inherits nothing that is counted. */
const isRecord = (value: unknown, members: ReadonlyMap<string, Check>, needed: ReadonlySet<string>): boolean => {
  if (!isObject(value)) return false
  let found = 0
  for (const name in value) {
    if (members.get(name)?.(value[name]) !== true) return false
    if (needed.has(name)) found++
  }
  return found === needed.size
}

const endMembers = new Map<string, Check>([
  ['ip', (value) => typeof value === 'string' && isIP(value) !== 0],
  ['mac', fits(mac)],
  ['vlan', isWhole(0, 4094)],
  ['port', label],
  ['asset', label],
])
const nothing: ReadonlySet<string> = new Set()
const isEnd: Check = (value) => isRecord(value, endMembers, nothing)

/** Few, flat and short: then they are short as a whole. */
const areDetails: Check = (value) => {
  if (!isObject(value)) return false
  let left = 8
  for (const name in value) {
    const one = value[name]
    if (left-- === 0 || name.length > 32 || name === '__proto__') return false
    if (typeof one === 'string' ? one.length > 32 : typeof one !== 'boolean' && !Number.isFinite(one)) return false
  }
  return true
}

const members = new Map<string, Check>([
  ['id', fits(idPattern)],
  ['time', fits(time)],
  ['class', (value) => classes.has(value)],
  ['kind', fits(kind)],
  ['site', label],
  ['edge', label],
  ['zone', label],
  ['conduit', label],
  ['reason', label],
  ['source', isEnd],
  ['destination', isEnd],
  ['protocol', (value) => typeof value === 'string' && value.length <= 16],
  ['port', isWhole(1, 65_535)],
  ['count', isWhole(0, Number.MAX_SAFE_INTEGER)],
  ['first', fits(time)],
  ['last', fits(time)],
  ['by', isText(200)],
  ['text', isText(500)],
  ['details', areDetails],
  ['technique', fits(/^T[01]\d{3}(\.\d{3})?$/)],
])
const needed: ReadonlySet<string> = new Set('id time class kind site edge count first last text'.split(' '))

export const isPlainEvent = (value: unknown): value is StoredEvent => isRecord(value, members, needed)
