/** What a table says of devices, row by row: everything is checked before anything is kept. */
import { canonicalIp } from '#core/address.ts'
import { isMac, isUnicast } from '#discover/inventory/addresses.ts'
import { kindOfRole } from '#discover/inventory/kind/roles.ts'
import type { Device, Kind, Told } from '#discover/model.ts'
import { kinds } from '#schema/site-words.ts'
import { checkedSaid } from './said.ts'
import { toldFields, toldWith, type Known, type Said } from './state.ts'
import type { Entry, Table } from './table.ts'

export interface Planned {
  readonly told: Told
  /** The device that was seen at the address. */
  readonly device?: Device
}

export interface Plan {
  readonly rows: readonly Planned[]
  /** `line 3: …` for each row that cannot be used. */
  readonly problems: readonly string[]
  /** Rows that say nothing that was not known. */
  readonly unchanged: number
}

/** `198.18.1.10/24` and `fd00::10 ` as addresses. */
const ipOf = (text: string): string | undefined => {
  const ip = canonicalIp(text.trim().replace(/\/\d{1,3}$/, ''))
  return ip !== undefined && isUnicast(ip) ? ip : undefined
}

/** With colons, dashes, Cisco's dots, or nothing between its digits. */
const macOf = (text: string): string | undefined => {
  const digits = text
    .trim()
    .toLowerCase()
    .replaceAll(/[:.\-\s]/g, '')
  const mac = /^[0-9a-f]{12}$/.test(digits) ? (digits.match(/../g)?.join(':') ?? '') : ''
  return isMac(mac) && isUnicast(mac) ? mac : undefined
}

const vlanOf = (text: string | undefined): number | undefined => {
  if (text === undefined || text.toLowerCase() === 'untagged') return 0
  const vlan = Number(text)
  return Number.isInteger(vlan) && vlan >= 0 && vlan <= 4094 ? vlan : undefined
}

/** A role of NetBox is a word of its owner's: `Access Switch` is a switch, and what cannot be told is kept as a note. */
const kindOfWords = (role: string): Kind | undefined =>
  kindOfRole(role) ??
  kinds.find((kind) =>
    role
      .toLowerCase()
      .split(/[^a-z]+/)
      .includes(kind),
  )

interface Addressed {
  readonly vlan: number
  readonly address: string
}

/** Several addresses may stand in one cell. */
const listed = (cells: readonly string[] | undefined): readonly string[] =>
  (cells ?? []).flatMap((cell) => cell.split(/[\s,;|]+/)).filter((text) => text !== '')

const addressOf = ({ cells }: Entry, { inventory }: Known): Addressed | { readonly problem: string } => {
  const vlan = vlanOf(cells.get('vlan')?.[0])
  if (vlan === undefined) return { problem: `\`${cells.get('vlan')?.[0]}\` is no VLAN` }
  const addresses: string[] = []
  for (const text of listed(cells.get('ip'))) {
    const ip = ipOf(text)
    if (ip === undefined) return { problem: `\`${text}\` is no address of a device` }
    addresses.push(ip)
  }
  for (const text of listed(cells.get('mac'))) {
    const mac = macOf(text)
    if (mac === undefined) return { problem: `\`${text}\` is no Ethernet address of a device` }
    addresses.push(mac)
  }
  const [first] = addresses
  if (first === undefined) return { problem: 'it has no address' }
  return { vlan, address: addresses.find((address) => inventory.at(vlan, address) !== undefined) ?? first }
}

/** What has no field of its own, so that it is not lost. */
const noteOf = ({ cells }: Entry, role: string | undefined): string | undefined => {
  const parts = [
    ...(cells.get('note') ?? []),
    ...(cells.get('place') ?? []).map((place) => `at ${place}`),
    ...(cells.get('model') ?? []).map((model) => `model ${model}`),
    ...(role === undefined ? [] : [`role ${role}`]),
  ]
  return parts.length === 0 ? undefined : parts.join('; ')
}

const cellsOf = (entry: Entry, own: boolean): ReadonlyMap<string, string> => {
  const cells = new Map<string, string>()
  for (const field of toldFields) {
    const text = entry.cells.get(field)?.[0]
    if (text !== undefined) cells.set(field, text)
  }
  const role = entry.cells.get('role')?.[0]
  const kind = role === undefined ? undefined : kindOfWords(role)
  if (kind !== undefined && !cells.has('kind')) cells.set('kind', kind)
  const note = own ? entry.cells.get('note')?.[0] : noteOf(entry, kind === undefined ? role : undefined)
  if (note !== undefined) cells.set('note', note)
  return cells
}

/** What was concluded, by the names of an export's columns: a cell that repeats it is nobody's word. */
const concludedOf = (device: Device): Readonly<Record<string, string | undefined>> => ({
  name: device.told?.name === undefined ? device.id : undefined,
  kind: device.told?.kind === undefined ? device.kind.value : undefined,
  level: device.told?.level === undefined ? `${device.level.value}` : undefined,
  vendor: device.told?.vendor === undefined ? device.vendor?.value : undefined,
  criticality: device.told?.criticality === undefined ? device.criticality.value : undefined,
})

const saidOf = (entry: Entry, own: boolean, device: Device | undefined): Said | { readonly problem: string } => {
  const concluded = own && device !== undefined ? concludedOf(device) : {}
  let all: Said = {}
  for (const field of toldFields) {
    const text = cellsOf(entry, own).get(field)
    if (text === undefined || text === concluded[field]) continue
    const checked = checkedSaid(field, text)
    if ('problem' in checked) return checked
    all = { ...all, ...checked.said }
  }
  return all
}

const isSame = (told: Told, before: Told | undefined): boolean =>
  toldFields.every((field) => told[field] === before?.[field])

/** @returns every row that says something new, and every one that cannot be used */
export const planOf = (table: Table, known: Known): Plan => {
  const rows: Planned[] = []
  const problems: string[] = []
  const places = new Map<string, string>()
  // Only an export of ours has this column: there a cell that was left alone says nothing.
  const own = table.columns.has('confidence')
  let unchanged = 0
  for (const entry of table.entries) {
    const wrong = (problem: string): number => problems.push(`${entry.place}: ${problem}`)
    if (entry.problem !== undefined) {
      wrong(entry.problem)
      continue
    }
    const addressed = addressOf(entry, known)
    if ('problem' in addressed) {
      wrong(addressed.problem)
      continue
    }
    const device = known.inventory.at(addressed.vlan, addressed.address)
    const key = device?.id ?? `${addressed.vlan} ${addressed.address}`
    const earlier = places.get(key)
    if (earlier !== undefined) {
      wrong(`${earlier} is about ${device?.id ?? addressed.address} already`)
      continue
    }
    places.set(key, entry.place)
    const said = saidOf(entry, own, device)
    if ('problem' in said) {
      wrong(said.problem)
      continue
    }
    const told = device === undefined ? { ...said, ...addressed } : toldWith(device, said)
    if (isSame(told, device?.told) && device !== undefined) unchanged++
    else rows.push({ told, ...(device !== undefined && { device }) })
  }
  return { rows, problems, unchanged }
}
