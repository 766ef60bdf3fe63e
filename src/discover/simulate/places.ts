/** Where the ends of a recorded frame live, as seen from an edge: which port it would come in by, and which it would leave by. */
import { cidrContains } from '#core/address.ts'
import { isGroupMac } from '#policy/packet.ts'
import type { Plan, PlanPort } from '#policy/plan.ts'
import { zoneAt } from '#policy/tables.ts'

export interface Ends {
  /** As recorded; 0 for untagged. */
  readonly vlan: number
  readonly srcMac: string
  readonly dstMac: string
  readonly src?: string | undefined
  readonly dst?: string | undefined
}

export interface Crossing {
  readonly in: string
  /** Devices that it leaves by: several for a frame to a group. */
  readonly out: readonly string[]
}

/** Why an edge never sees a frame: both ends are behind one port, or neither is behind any. */
export const stays = {
  'one-port': 'both ends are behind the same port',
  nowhere: 'neither end is behind a port of this edge',
} as const
export type Stay = keyof typeof stays

/** Stands for the Ethernet address of who was recorded without one. */
export const notRecorded = '00:00:00:00:00:00'

/** Ethernet addresses whose port was learnt from what they sent. */
const maxLearnt = 65_536

const none: readonly string[] = []

export class Places {
  readonly #plan: Plan
  readonly #byMac = new Map<string, string[]>()
  readonly #byAddress = new Map<string, string[]>()
  readonly #learnt = new Map<string, string>()
  /** MAC that belongs to an address on a device: `device vlan ip`. */
  readonly #macs = new Map<string, string>()
  readonly #vlans = new Map<string, number>()

  constructor(plan: Plan) {
    this.#plan = plan
    const add = (map: Map<string, string[]>, key: string, device: string) => {
      const known = map.get(key)
      if (known === undefined) map.set(key, [device])
      else if (!known.includes(device)) known.push(device)
    }
    for (const { device, vlan, mac, ip } of plan.bindings) {
      add(this.#byAddress, `${vlan} ${ip}`, device)
      if (!this.#vlans.has(ip)) this.#vlans.set(ip, vlan)
      if (mac === undefined) continue
      add(this.#byMac, mac, device)
      const place = `${device} ${vlan} ${ip}`
      if (!this.#macs.has(place)) this.#macs.set(place, mac)
    }
    for (const { device, routers } of plan.ports) for (const mac of routers) add(this.#byMac, mac, device)
  }

  crossing(ends: Ends): Crossing | Stay {
    const { srcMac, dstMac, vlan, src, dst } = ends
    const isGroup = isGroupMac(dstMac)
    const placed = this.#devices(vlan, srcMac, src)
    const sources = placed.length > 0 ? placed : this.#learntOf(srcMac)
    if (placed.length === 1 && !this.#byMac.has(srcMac)) this.#learn(srcMac, placed[0] ?? '')
    if (isGroup) {
      const [first] = sources
      return first === undefined ? 'nowhere' : { in: first, out: this.#others([first]) }
    }
    const reached = this.#devices(vlan, dstMac, dst)
    const targets = reached.length > 0 ? reached : this.#learntOf(dstMac)
    if (sources.length === 0 && targets.length === 0) return 'nowhere'
    const ins = sources.length > 0 ? sources : this.#others(targets)
    const outs = targets.length > 0 ? targets : this.#others(ins)
    for (const device of ins) for (const out of outs) if (device !== out) return { in: device, out: [out] }
    return 'one-port'
  }

  /** The MAC to judge by where none was recorded, or where it is that of a router: the one that the address should have, or one of its own. */
  macOf(device: string, vlan: number, ip = ''): string {
    return this.#macs.get(`${device} ${vlan} ${ip}`) ?? madeUp(ip)
  }

  /** VLAN on which the policy has one of two addresses; 0 where it has neither. */
  vlanOf(src: string | undefined, dst: string | undefined): number {
    for (const ip of [src, dst]) {
      const vlan = ip === undefined ? undefined : (this.#vlans.get(ip) ?? this.#zoneOf(ip)?.vlans[0])
      if (vlan !== undefined) return vlan
    }
    return 0
  }

  /** Whether an end lives behind more than one port, so that a recording does not tell whether it crosses. */
  isAmbiguous({ vlan, srcMac, dstMac, src, dst }: Ends): boolean {
    return this.#devices(vlan, srcMac, src).length > 1 && this.#devices(vlan, dstMac, dst).length > 1
  }

  /** A bound MAC says it best; an address that it carries decides between its ports. */
  #devices(vlan: number, mac: string, ip: string | undefined): readonly string[] {
    const byMac = this.#byMac.get(mac)
    if (byMac?.length === 1) return byMac
    const byAddress = ip === undefined ? none : this.#devicesOf(vlan, ip)
    if (byMac === undefined) return byAddress
    const both = byMac.filter((device) => byAddress.includes(device))
    return both.length > 0 ? both : byMac
  }

  #devicesOf(vlan: number, ip: string): readonly string[] {
    return this.#byAddress.get(`${vlan} ${ip}`) ?? (zoneAt(this.#plan, vlan, ip) ?? this.#zoneOf(ip))?.devices ?? none
  }

  /** On a VLAN that its zone does not have it still comes from there, and is judged for that. */
  #zoneOf(ip: string) {
    return this.#plan.zones.find(({ networks }) => networks.some((network) => cidrContains(network, ip)))
  }

  #learntOf(mac: string): readonly string[] {
    const device = this.#learnt.get(mac)
    return device === undefined ? none : [device]
  }

  #learn(mac: string, device: string): void {
    if (mac !== notRecorded && this.#learnt.size < maxLearnt && !this.#learnt.has(mac)) this.#learnt.set(mac, device)
  }

  /** What is behind no port here comes from, or goes, beyond: through a port with routers if there is one. */
  #others(devices: readonly string[]): readonly string[] {
    const rest: readonly PlanPort[] = this.#plan.ports.filter(({ device }) => !devices.includes(device))
    return rest.toSorted((a, b) => b.routers.length - a.routers.length).map(({ device }) => device)
  }
}

/** A locally administered address for a text: different ones for different texts, as good as always (FNV-1a). */
const madeUp = (text: string): string => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  const bytes = [24, 16, 8, 0].map((shift) => ((hash >>> shift) & 255).toString(16).padStart(2, '0'))
  return `02:fe:${bytes.join(':')}`
}
