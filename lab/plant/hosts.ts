/** Who is in the plant: the assets of its policy, and two devices that nobody wrote down. */
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import { readPolicy } from '#policy/parse.ts'
import type { Site } from '#schema/site.ts'

export interface Host {
  readonly name: string
  /** Kind of the asset, or what the stranger is. */
  readonly kind: string
  /** Port of the edge that it is behind. */
  readonly port: string
  readonly mac: string
  readonly ip: string
  readonly ip6?: string
  readonly stranger: boolean
}

/** One site of the lab: its policy, its edge and the namespace it runs in, and who is there without being in the policy. */
export interface LabSite {
  readonly policyFile: string
  readonly edge: string
  readonly namespace: string
  /** Place of its interfaces among those of all sites: their indexes begin at a multiple of it. */
  readonly place: number
  readonly strangers: readonly Host[]
}

/** Somebody from outside who comes to both sites by the same address: what one site learns of it, the other knows. */
export const intruder = '203.0.113.66'

/** Devices in no policy. They speak IPv4 only, so that what they send is what somebody told them to send. */
const bottlingStrangers: readonly Host[] = [
  { name: 'laptop', kind: 'rogue laptop', port: 'plant', mac: '00:e0:4c:66:66:01', ip: '198.18.1.180', stranger: true },
  {
    name: 'camera',
    kind: 'unknown camera',
    port: 'cell-2',
    mac: '00:e0:4c:66:66:02',
    ip: '198.18.1.90',
    stranger: true,
  },
  { name: 'intruder', kind: 'somebody outside', port: 'plant', mac: '00:e0:4c:66:66:0a', ip: intruder, stranger: true },
]
const dairyStrangers: readonly Host[] = [
  {
    name: 'dairy-intruder',
    kind: 'somebody outside',
    port: 'dairy',
    mac: '00:e0:4c:66:66:0b',
    ip: intruder,
    stranger: true,
  },
  {
    name: 'dairy-laptop',
    kind: 'rogue laptop',
    port: 'dairy',
    mac: '00:e0:4c:66:66:0c',
    ip: '198.18.3.180',
    stranger: true,
  },
]

/** A memory file system of this plant alone: nothing is left of it. */
export const home = '/run/bulkhead'
export const edgeSocket = ({ edge }: LabSite): string => `${home}/${edge}.sock`

const fileOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

export const bottling: LabSite = {
  policyFile: fileOf('plant.yaml'),
  edge: 'plant-edge',
  namespace: 'edge',
  place: 0,
  strangers: bottlingStrangers,
}
export const dairy: LabSite = {
  policyFile: fileOf('dairy.yaml'),
  edge: 'dairy-edge',
  namespace: 'dairy-edge',
  place: 1,
  strangers: dairyStrangers,
}

/** @throws Fault `policy-invalid` */
export const siteOf = ({ policyFile }: LabSite): Site => {
  const { site, problems } = readPolicy(policyFile)
  if (site !== undefined) return site
  const details = problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
  throw new Fault('policy-invalid', `The plant's own policy ${policyFile} is invalid.`, { details })
}

/** Every machine of the plant, in the order of the policy, strangers last. */
export const hostsOf = (site: Site, { edge, strangers }: LabSite): readonly Host[] => {
  const ports = Object.entries(site.edges[edge]?.ports ?? {})
  const known = Object.entries(site.assets).flatMap(([name, asset]): Host[] => {
    const port = ports.find(([, { zones }]) => zones.includes(asset.zone))?.[0]
    const ip = asset.ips.find((text) => !text.includes(':'))
    const ip6 = asset.ips.find((text) => text.includes(':'))
    const mac = asset.macs?.[0]
    if (port === undefined || ip === undefined || mac === undefined) return []
    return [{ name, kind: asset.kind, port, mac, ip, ...(ip6 === undefined ? {} : { ip6 }), stranger: false }]
  })
  return [...known, ...strangers]
}

/** Interfaces of the edge, as the policy names them. */
export const edgeDevices = (site: Site, { edge }: LabSite): readonly string[] =>
  Object.entries(site.edges[edge]?.ports ?? {}).map(([name, { device }]) => device ?? name)
