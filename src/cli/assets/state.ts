/** The state that every command here is about, and a device of it. */
import { Argument, type Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { inventoryOf } from '#discover/inventory/inventory.ts'
import type { Device, Inventory, Observed, Told } from '#discover/model.ts'
import { openState } from '#discover/state/state.ts'
import { nearest } from '#policy/suggest.ts'

/** What these commands need of a state. */
export interface AssetState {
  observed(): Observed
  tell(told: Told): void
  /** All of `work` or nothing of it. */
  atomically<T>(work: () => T): T
  close(): void
}

export interface Known {
  readonly observed: Observed
  readonly inventory: Inventory
}

/** The folder, or the file in it, that `discover` wrote. */
export const stateArgument = (): Argument =>
  new Argument('<state>', 'folder that `bulkhead discover -o` wrote, or the database in it')

/** @throws Fault `not-found` where nothing was discovered */
export const withState = <T>(path: string, work: (state: AssetState) => T): T => {
  // Opened for reading first: nobody wants a new state where a name was misspelt.
  openState(path, { readonly: true }).close()
  const state = openState(path)
  try {
    return work(state)
  } finally {
    state.close()
  }
}

export const readState = (path: string): Known => {
  const state = openState(path, { readonly: true })
  try {
    const observed = state.observed()
    return { observed, inventory: inventoryOf(observed) }
  } finally {
    state.close()
  }
}

/** The option of commands that take an address for a device. */
export const withVlan = (command: Command): Command =>
  command.option('--vlan <id>', 'VLAN of the address, where several have it')

const vlanOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const vlan = text === 'untagged' ? 0 : Number(text)
  if (Number.isInteger(vlan) && vlan >= 0 && vlan <= 4094) return vlan
  throw new Fault('usage', `\`${text}\` is no VLAN: it takes untagged, or a number up to 4094.`)
}

/**
 * The device of a name or an address.
 * @throws Fault `not-found`, with the name that was probably meant; `usage` where several VLANs have the address
 */
export const deviceNamed = (inventory: Inventory, name: string, vlan?: string): Device => {
  const { devices } = inventory
  const wanted = vlanOf(vlan)
  const named = devices.find(({ id, vlan: of }) => id === name && (wanted === undefined || of === wanted))
  if (named !== undefined) return named
  const vlans = wanted === undefined ? [...new Set(devices.map((device) => device.vlan))] : [wanted]
  const found = vlans.flatMap((of) => inventory.at(of, name) ?? [])
  const [device, other] = found
  if (device !== undefined && other === undefined) return device
  if (device !== undefined)
    throw new Fault('usage', `${name} is in several VLANs: ${found.map((one) => one.vlan || 'untagged').join(', ')}.`, {
      advice: `Say which with --vlan, or name the device: ${found.map(({ id }) => id).join(', ')}.`,
    })
  const near = nearest(
    name,
    devices.map(({ id }) => id),
  )
  throw new Fault(
    'not-found',
    `There is no device \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    { advice: 'Run `bulkhead assets list` on this state to see them.' },
  )
}

/** Every row that is about a device, whatever address of it was used. */
const toldRowsOf = ({ observed, inventory }: Known, device: Device): readonly Told[] =>
  observed.told.filter(({ vlan, address }) => inventory.at(vlan, address) === device)

/** Fields of {@link Told} that a person says; the rest is whom it is about. */
export const toldFields = ['name', 'kind', 'level', 'zone', 'owner', 'vendor', 'criticality', 'note'] as const
export type ToldField = (typeof toldFields)[number]
export type Said = Omit<Told, 'vlan' | 'address'>

/** What was said of a device with something more; fields of `forgotten` are taken back. */
export const toldWith = (device: Device, said: Said, forgotten: readonly ToldField[] = []): Told => {
  const all: Said = { ...device.told, ...said }
  let told: Told = { vlan: device.vlan, address: device.ips[0] ?? device.macs[0] ?? '' }
  for (const field of toldFields)
    if (all[field] !== undefined && !forgotten.includes(field)) told = { ...told, [field]: all[field] }
  return told
}

/** Puts what is said of a device in one row, whichever of its addresses earlier rows were about. */
export const tellOnce = (state: AssetState, known: Known, device: Device, told: Told): void => {
  for (const { vlan, address } of toldRowsOf(known, device)) if (address !== told.address) state.tell({ vlan, address })
  state.tell(told)
}
