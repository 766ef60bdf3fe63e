/**
 * The simulated edges of a benchmark, in a process of their own: it becomes the owner of the manager's state directory, which alone may
 * enrol edges in bulk. Asked over IPC by fleet-world.ts, one question at a time.
 */
import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFleet, type Fleet } from '#lab/fleet/fleet.ts'
import { containmentEvent } from '#lab/fleet/made-events.ts'
import { enlist, type Enlisted } from '#lab/fleet/register.ts'
import { openState, type Opened } from '#manager/open.ts'
import { settle } from '#manager/privileges.ts'

export interface Setup {
  readonly state: string
  readonly count: number
  readonly sites: number
  /** Published at sites: what was agreed there lets an order follow from a detection. */
  readonly policies: readonly { readonly site: string; readonly text: string }[]
}
export type FleetQuestion =
  | { readonly setup: Setup }
  | { readonly connect: number }
  /** The first edge tells that it contained this stranger. */
  | { readonly detect: string }
  /** Waits until every connected edge has an order about this address. */
  | { readonly inForce: string }
  /** Waits for what an edge of that site reported about an order for this address. */
  | { readonly reported: string; readonly site: string }
  | 'reports'
  | 'figures'

const abreast = 64
const patienceMs = 20_000

/** ms since 1970, with fractions: comparable between processes of one machine. */
const precisely = (): number => performance.timeOrigin + performance.now()

let setup: Setup | undefined
let enlisted: Enlisted | undefined
let opened: Opened | undefined
const fleets: Fleet[] = []
let connected = 0
const arrivals = new Map<string, number[]>()

const publish = async ({ db }: Opened, { site, text }: Setup['policies'][number]): Promise<void> => {
  const at = new Date()
  await sql`INSERT INTO sites (name, created) VALUES (${site}, ${at}) ON CONFLICT DO NOTHING`.execute(db)
  await sql`INSERT INTO policy_revisions (site, revision, text, digest, title, authors, approvals, published_by, at)
    VALUES (${site}, 1, ${text}, encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 'benchmark', '[]', '[]', 'benchmark', ${at})`.execute(
    db,
  )
}

const begin = async (given: Setup): Promise<object> => {
  settle(given.state)
  setup = given
  const start = performance.now()
  enlisted = await enlist(given.state, { count: given.count, sites: given.sites, domain: 'bulkhead' })
  const enlistMs = performance.now() - start
  opened = await openState({ state: given.state, join: true })
  for (const policy of given.policies) await publish(opened, policy)
  return { enlistMs }
}

/** Connects edges that are not yet, up to so many in all. */
const connect = async (upTo: number): Promise<object> => {
  if (setup === undefined || enlisted === undefined) throw new Error('not set up')
  const members = enlisted.members.slice(connected, upTo)
  const place = { path: `${setup.state}/link.sock` }
  const shared = { ca: enlisted.ca, signer: enlisted.signer, version: 'benchmark', run: `bench-${connected}` }
  const fleet = startFleet({
    ...shared,
    members,
    place,
    abreast,
    onState: (_edge, object) => {
      if (object.type !== 'order') return
      const times = arrivals.get(object.ip) ?? []
      arrivals.set(object.ip, times)
      times.push(precisely())
    },
    onTrouble: (what) => void process.stderr.write(`fleet: ${what}\n`),
  })
  fleets.push(fleet)
  connected = upTo
  return { ms: await fleet.connect() }
}

const detect = (ip: string): object => {
  const [fleet] = fleets
  if (fleet === undefined) throw new Error('not connected')
  const at = precisely()
  fleet.tell(0, (edge) => ({ ...containmentEvent(edge, ip, at), zone: 'supervisory' }))
  return { at }
}

const until = async <T>(look: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> => {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(2)) {
    const found = await look()
    if (found !== undefined) return found
  }
  return undefined
}

const answerTo = async (question: FleetQuestion): Promise<object> => {
  if (question === 'figures')
    return fleets.map((fleet) => fleet.figures()).reduce<object>((all, one) => ({ ...all, ...one }), {})
  if (opened === undefined && !(typeof question === 'object' && 'setup' in question)) throw new Error('not set up')
  if (question === 'reports') {
    const { rows } = await sql<{ count: number }>`SELECT count(*) FROM state_reports WHERE stream = 'orders'`.execute(
      opened!.db,
    )
    return { count: rows[0]?.count ?? 0 }
  }
  if ('setup' in question) return begin(question.setup)
  if ('connect' in question) return connect(question.connect)
  if ('detect' in question) return detect(question.detect)
  if ('inForce' in question) {
    const ip = question.inForce
    await until(() => ((arrivals.get(ip)?.length ?? 0) >= connected ? true : undefined))
    const times = arrivals.get(ip) ?? []
    arrivals.delete(ip)
    return { times }
  }
  const { reported: ip, site } = question
  const at = await until(async () => {
    const { rows } = await sql<{ at: Date }>`SELECT r.at FROM orders o
      JOIN state_reports r ON r.stream = 'orders' AND r.id = o.id JOIN edges e ON e.id = r.edge_id
      WHERE o.ip = ${ip} AND e.site = ${site} AND r.outcome = 'enforced'`.execute(opened!.db)
    return rows[0]?.at.getTime()
  })
  return { at: at ?? null }
}

process.on('message', (question: FleetQuestion) => {
  const reply = async (): Promise<void> => {
    try {
      process.send?.({ answer: await answerTo(question) })
    } catch (error) {
      process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
  void reply()
})
process.on('disconnect', () => process.exit())
