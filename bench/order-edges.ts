/** Two real edges with kernels of their own, at two sites: one detects, the other is to be told. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { bulkheadAtEdge } from '../test/system/edge-process.ts'
import { Cell, edgeName, policyText, tcpFrame } from '../test/system/orders/cell.ts'
import type { FleetWorld } from './fleet-world.ts'

export const [detecting, receiving] = ['riverside', 'lakeside'] as const
const connectMs = 20_000

/** Strangers of these addresses are contained everywhere, as was agreed. */
export const strangerAt = (index: number): string => `198.18.${8 + (index >> 8)}.${index & 255}`
/** Each has a card of its own: who is contained is so with its MAC address. */
const macOf = (ip: string): string =>
  `02:00:${ip
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':')}`
const agreed = ['supervisory', 'cell']
  .map(
    (zone) =>
      `  - { zone: ${zone}, event: out-of-scope, stranger: contain 1h fleet, agreed-by: [security, operations] }`,
  )
  .join('\n')
/** Their addresses are of the site that sees them: one of another site's network is contained there alone. */
export const policyAt = (site: string): string => {
  const text = policyText({ responses: agreed }).replace('site: riverside', `site: ${site}`)
  return site === detecting
    ? text.replace('networks: [198.18.1.64/26', 'networks: [198.18.1.64/26, 198.18.8.0/22')
    : text
}

/** Whether this tree has an edge that dials a manager; without one the rows go from simulated edge to simulated edge. */
export const canLink = (): boolean => existsSync(fileURLToPath(new URL('../src/edge/link/link.ts', import.meta.url)))

export interface RealEdges extends AsyncDisposable {
  /** A packet of a stranger at the first site. @returns ms since 1970, with fractions, just before it */
  knock(ip: string): number
  /** Whether the kernel of the detecting edge has it. */
  contains(ip: string): Promise<boolean>
  /** Those of the addresses that the receiving edge's kernel has, as nft reads it. */
  inKernel(ips: readonly string[]): Promise<number>
}

const Made = z.object({ token: z.string() })
const Edges = z.object({ edges: z.array(z.object({ site: z.string(), connected: z.unknown() })) })

const enrolled = async (world: FleetWorld, site: string): Promise<Cell> => {
  const cell = await Cell.start(`bench-${site}`, policyAt(site))
  const body = { site, name: edgeName, hours: 1 }
  const { token } = await world.request('POST', '/v1/edges', body, Made)
  const file = join(cell.daemon.state, 'token')
  writeFileSync(file, token)
  const words = ['edge', 'enrol', '--token-file', file, '--state', cell.daemon.state]
  const { code, stderr } = await bulkheadAtEdge(cell.world, words)
  if (code !== 0) throw new Error(`the edge of ${site} is not enrolled: ${stderr}`)
  return cell
}

/** As nft reads them. */
const addressesIn = async ({ world }: Cell): Promise<ReadonlySet<string>> => {
  const { stdout } = await world.exec('edge', 'nft', ['list', 'ruleset'])
  return new Set(stdout.match(/\d+\.\d+\.\d+\.\d+/g))
}

export const realEdges = async (world: FleetWorld): Promise<RealEdges> => {
  const cells: Cell[] = []
  const close = async (): Promise<void> => {
    for (const cell of cells) await cell.close()
  }
  try {
    for (const site of [detecting, receiving]) cells.push(await enrolled(world, site))
    const [first, second] = cells
    if (first === undefined || second === undefined) throw new Error('two edges are needed')
    for (const site of [detecting, receiving])
      for (const end = performance.now() + connectMs; ; await sleep(100)) {
        const { edges } = await world.request('GET', `/v1/edges?site=${site}`, undefined, Edges)
        if (edges.some(({ connected }) => Boolean(connected))) break
        if (performance.now() > end) throw new Error(`the edge of ${site} does not connect`)
      }
    return {
      knock: (ip) => {
        const at = performance.timeOrigin + performance.now()
        first.world.send('laptop', tcpFrame({ from: 'laptop', to: 'plc', ip, mac: macOf(ip) }, 502))
        return at
      },
      contains: async (ip) => (await addressesIn(first)).has(ip),
      inKernel: async (ips) => {
        const addresses = await addressesIn(second)
        return ips.filter((ip) => addresses.has(ip)).length
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
