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

export const policyFile = fileURLToPath(new URL('../plant.yaml', import.meta.url))
export const edgeName = 'plant-edge'

/** Devices in no policy. They speak IPv4 only, so that what they send is what somebody told them to send. */
const strangers: readonly Host[] = [
  { name: 'laptop', kind: 'rogue laptop', port: 'plant', mac: '00:e0:4c:66:66:01', ip: '198.18.1.180', stranger: true },
  {
    name: 'camera',
    kind: 'unknown camera',
    port: 'cell-2',
    mac: '00:e0:4c:66:66:02',
    ip: '198.18.1.90',
    stranger: true,
  },
]

/** @throws Fault `policy-invalid` */
export const plantSite = (): Site => {
  const { site, problems } = readPolicy(policyFile)
  if (site !== undefined) return site
  const details = problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
  throw new Fault('policy-invalid', `The plant's own policy ${policyFile} is invalid.`, { details })
}

/** Every machine of the plant, in the order of the policy, strangers last. */
export const plantHosts = (site: Site): readonly Host[] => {
  const ports = Object.entries(site.edges[edgeName]?.ports ?? {})
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
export const edgeDevices = (site: Site): readonly string[] =>
  Object.entries(site.edges[edgeName]?.ports ?? {}).map(([name, { device }]) => device ?? name)
