/** An edge of this network with the sets that its rules have for decoys, and decoys by hand-made plans. Run under scripts/isolate.sh. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Persona } from '#core/persona.ts'
import type { Edge } from '#edge/context.ts'
import { DecoyKeeper } from '#edge/decoys/keeper.ts'
import { passwordVerifier } from '#edge/decoys/password-verifier.ts'
import { Untold, Unwritten } from '#edge/untold.ts'
import { newRisk } from '#edge/link/risk.ts'
import { InspectionKeeper } from '#edge/inspection/keeper.ts'
import { openStore } from '#edge/store/open.ts'
import { listSet } from '#edge/kernel/elements.ts'
import { connectIn } from '#linux/namespace.ts'
import { ipLinks } from '#linux/ip.ts'
import { Nft } from '#linux/nftables.ts'
import { compile } from '#policy/compile.ts'
import { place, type Place, type Station } from '#policy/decoys/placement.ts'
import { table } from '#policy/nft/names.ts'
import { stateText } from '#policy/nft/state.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { Budget } from '#schema/decoys.ts'
import type { DecoyRow } from '#schema/decoys-control.ts'
import { HostReport } from '#schema/decoy-host.ts'
import type { Event } from '#schema/event.ts'
import { bridge, openSeeker, port, type Seeker } from './seeker.ts'
import { edgeName, policyText } from '../production/production.ts'
import { arp, ethernet } from '#packet/build.ts'
import { etherTypes } from '#packet/numbers.ts'
import { decoyRecord } from '#edge/decoys/records.ts'

const host = fileURLToPath(new URL('../decoy-host/echo.ts', import.meta.url))

/** Reports are written by hand here: of each of these the kernel would have let something through to a decoy. */
const everybody = Array.from({ length: 254 }, (_, at) => `198.18.1.${at + 1}`).join(', ')

/** As the rules declare them. */
const decoySets = `table bridge ${table} {
  set decoy_ground { type ipv4_addr; }
  set decoys { type ipv4_addr; }
  set decoy_macs { type ether_addr; }
  set decoy_gateways { type ipv4_addr; }
  set decoy_ports { type inet_proto . inet_service; }
  set decoy_withdrawn { type ipv4_addr; size 65536; flags timeout,dynamic; timeout 1d; }
  set decoy_peers { type ipv4_addr; size 16384; flags timeout,dynamic; timeout 1h; elements = { ${everybody} } }
  set decoy_links { type ifname . mark . ether_addr . ipv4_addr; flags timeout,dynamic; timeout 1h; }
}
`

const service = { service: 'echo', port: 7001, profile: {} }
/** Speaks as the echoing host does; looks like something else than Linux. */
const persona: Persona = {
  id: 'echo-box',
  title: 'A box that echoes',
  vendor: 'Echo',
  model: 'Box',
  firmware: '1.0',
  kind: 'other',
  ouis: ['00:1b:1b'],
  ttl: 30,
  window: 4096,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  serial: 'E######',
  name: 'BOX-####',
  services: [
    { ...service, transport: 'tcp' },
    { ...service, transport: 'udp' },
  ],
}

export interface PlanOptions {
  readonly addresses: readonly string[]
  readonly count?: number
  readonly share?: number
  readonly budget?: Budget
  readonly honeytokens?: PlanDecoys['honeytokens']
  readonly verifier?: PlanDecoys['verifier']
  /** Seconds. */
  readonly withdrawFor?: number
  readonly listenFor?: number
}

const planOf = ({
  addresses,
  count,
  share = 0.25,
  budget = 'observe',
  honeytokens = [],
  verifier,
  withdrawFor = 3600,
  listenFor = 0,
}: PlanOptions): PlanDecoys => ({
  device: 'bh-decoy',
  pools: [
    {
      id: 'cell',
      zone: 'cell-1',
      addresses,
      real: ['198.18.1.10', '198.18.1.11'],
      prefix: 24,
      personas: [{ persona: persona.id, count: count ?? 'rest' }],
      budget,
    },
  ],
  dark: [],
  deceive: [],
  maxMacs: 4,
  withdrawFor,
  listenFor,
  shuffle: { on: [], atLeast: 600, share },
  honeytokens,
  ...(verifier === undefined ? {} : { verifier }),
  keepSessions: 1 << 20,
})

export interface FieldWorld {
  readonly edge: Edge
  readonly seeker: Seeker
  tick(): Promise<void>
  /** Lets these decoys stand; those that are listened to first come with a later tick. */
  plan(options: PlanOptions): Promise<void>
  noPlan(): Promise<void>
  /** Decoys that stand, by address. */
  list(): DecoyRow[]
  addresses(): string[]
  macs(): string[]
  /** From the next placement on, each station has the Ethernet address of the one before. */
  turnMacs(): void
  /** Says something at a decoy and gives what it answers. */
  ask(address: string, said: string): Promise<string>
  /** As if the kernel had seen a probe for an address. */
  claim(address: string): void
  events(kind: Event['kind']): Event[]
  /** As if the host had told that a source spent the budget of a decoy. */
  touch(touch: { readonly source: string; readonly address?: string; readonly transport?: 'tcp' | 'udp' }): void
  /** Whether a text is in a file of the state. */
  stateHolds(text: string): boolean
  hostPrivileges(): Promise<{ capabilities: bigint; noNewPrivileges: boolean; interfaces: string[] }>
  devices(): Promise<string[]>
  namespaces(): string[]
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>
  close(): Promise<void>
}

/** Text of the elements of a set, in order. */
export const kernelSet = ({ edge }: FieldWorld, set: string): string[] =>
  listSet(edge.nft, edge.family, table, set)
    .map(({ key }) => key.join(' '))
    .toSorted()

const turned = (stations: readonly Station[], by: number): Station[] =>
  stations.map((station, at) => {
    const mac = stations[(at + by) % stations.length]?.mac ?? station.mac
    return { ...station, mac, decoys: station.decoys.map((decoy) => ({ ...decoy, mac })) }
  })

const makeEdge = (decoys: DecoyKeeper): Edge => {
  const { site } = parsePolicy(policyText())
  assert.ok(site !== undefined)
  const plan = compile(site, edgeName)
  assert.ok(plan !== undefined)
  const state = mkdtempSync('/run/decoy-test-')
  const store = openStore({ path: join(state, 'edge.db') })
  store.identify({ site: plan.site, edge: plan.edge })
  const nft = Nft.open()
  for (const text of [stateText('bridge'), decoySets]) assert.ok(nft.run(text).ok)
  return {
    options: { policy: '', edge: edgeName, state, socket: '', routed: false },
    nft,
    store,
    family: 'bridge',
    started: Date.now(),
    alarms: new Map(),
    inspection: new InspectionKeeper(),
    decoys,
    risk: newRisk(),
    listeners: new Set(),
    followers: new Set(),
    site,
    text: '',
    plan: { ...plan, bridge, ports: plan.ports.map((one) => (one.name === 'plant' ? { ...one, device: port } : one)) },
    generation: 1,
    untold: new Untold(),
    unwritten: new Unwritten(),
  }
}

export const openField = async (): Promise<FieldWorld> => {
  const seeker = await openSeeker()
  let turns = 0
  const placing: Place = (...given) => turned(place(...given), turns)
  const parts = { place: placing, personas: { [persona.id]: persona }, script: host, verifier: passwordVerifier }
  const edge = makeEdge(new DecoyKeeper(parts))
  edge.nft.run(`add element bridge ${table} decoy_links { "${port}" . 0 . ${seeker.mac} . ${seeker.ip} }`)
  const tick = () => edge.decoys.tick(edge)
  const until: FieldWorld['until'] = async (what, holds) => {
    const limit = performance.now() + 30_000
    while (!(await holds())) {
      assert.ok(performance.now() < limit, `${what}: ${[...edge.alarms.values()].join(' ')}`)
      await sleep(20)
    }
  }
  const list = () =>
    edge.decoys
      .list(edge)
      .decoys.filter(({ state }) => state === 'standing')
      .toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
  const unique = (texts: readonly string[]) => [...new Set(texts)].toSorted()
  return {
    edge,
    seeker,
    tick,
    plan: async (options) => {
      edge.plan = { ...edge.plan, decoys: planOf(options) }
      await tick()
      if ((options.listenFor ?? 0) > 0) return
      await until('the host runs', () => edge.decoys.list(edge).host.state === 'running')
    },
    noPlan: async () => {
      const { decoys: _, ...rest } = edge.plan
      edge.plan = rest
      await tick()
    },
    list,
    addresses: () => list().map(({ address }) => address),
    macs: () => unique(list().map(({ mac }) => mac)),
    turnMacs: () => void turns++,
    ask: async (address, said) => {
      const socket = await connectIn(seeker.namespace, { host: address, port: 7001, timeoutMs: 3000 })
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      socket.once('data', (bytes: Buffer) => resolve(bytes.toString()))
      socket.once('error', reject)
      socket.write(`${said}\n`)
      const late = setTimeout(() => reject(new Error(`${address} does not answer`)), 3000)
      try {
        return await promise
      } finally {
        clearTimeout(late)
        socket.destroy()
      }
    },
    claim: (address) => {
      const payload = arp({
        operation: 1,
        senderMac: '02:00:00:00:00:99',
        senderIp: '0.0.0.0',
        targetMac: '00:00:00:00:00:00',
        targetIp: address,
      })
      const frame = ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src: '02:00:00:00:00:99', etherType: etherTypes.arp, payload })
      const said = decoyRecord('decoy-claim|arp', frame)
      assert.ok(said !== undefined)
      edge.decoys.takeRecord(edge, said)
    },
    events: (kind) => edge.store.events.search({ kind: [kind], limit: 1000 }).map(({ event }) => event),
    touch: ({ source, address, transport = 'tcp' }) => {
      const [decoy] = list()
      assert.ok(decoy !== undefined)
      const session = {
        id: `touch-${source}`,
        station: decoy.station,
        persona: persona.id,
        decoy: address ?? decoy.address,
        source,
        sourcePort: 40_000,
        service: 'echo',
        transport,
        port: 7001,
      }
      const report = {
        type: 'contact',
        session,
        handshake: transport === 'tcp',
        exchanges: 1,
        spent: true,
        notes: ['read'],
      }
      const read = HostReport.parse(report)
      edge.decoys.takeReport(read)
    },
    stateHolds: (text) =>
      readdirSync(edge.options.state, { recursive: true, withFileTypes: true }).some(
        (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text),
      ),
    hostPrivileges: async () => {
      const { pid } = edge.decoys.list(edge).host
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? ''
      const rows = readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n').slice(2)
      return {
        capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].reduce(
          (all, name) => all | BigInt(`0x${field(name)}`),
          0n,
        ),
        noNewPrivileges: field('NoNewPrivs') === '1',
        interfaces: rows.flatMap((row) => row.split(':')[0]?.trim() || []),
      }
    },
    devices: async () => (await ipLinks()).map(({ ifname }) => ifname),
    namespaces: () => readdirSync('/run/netns').filter((name) => name.startsWith('bh-decoys')),
    until,
    close: async () => {
      await edge.decoys.close(edge)
      seeker.close()
      edge.store.close()
      edge.nft.close()
    },
  }
}
