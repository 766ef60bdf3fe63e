/** A site with a real edge in namespaces, connected to a manager; looked at from beside, through its store and its kernel. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storePath } from '#edge/context.ts'
import { knownPolicies } from '#edge/link/policies.ts'
import { heldRevisions } from '#edge/link/streams.ts'
import { sha256 } from '#schema/chain.ts'
import { kvOf } from '#edge/store/kv.ts'
import { cursorsOf, outboxOf } from '#edge/store/outbox.ts'
import { plansOf } from '#edge/store/plans.ts'
import { type EventClass, eventClasses } from '#schema/event-kinds.ts'
import { Enrolled } from '#schema/link-enrolment.ts'
import type { SentEvent } from '#schema/link-frames.ts'
import { EdgeDetail, MadeEnrolment } from '#schema/manager-fleet.ts'
import { Database } from '#sqlite/database.ts'
import { bulkheadAtEdge } from '../edge-process.ts'
import { Cell, edgeName, policyText, tcpFrame } from '../orders/cell.ts'
import type { Centre } from './centre.ts'
import { until } from '../until.ts'

/** Everything that only grows. */
export type Marks = Readonly<Record<string, number>>

export class Plant {
  readonly site: string
  readonly cell: Cell
  /** Its number at the manager. */
  readonly id: number
  readonly #database: Database
  readonly #centre: Centre
  /** Its daemon is being killed or started. */
  busy = false
  /** The plan that was confirmed last, and the manager's number for it. */
  #confirmed = { plan: 0, revision: 0 }

  private constructor(site: string, cell: Cell, centre: Centre, id: number) {
    this.site = site
    this.cell = cell
    this.id = id
    this.#centre = centre
    this.#database = new Database(storePath(cell.daemon.state), { readonly: true })
  }

  static async start(site: string, centre: Centre): Promise<Plant> {
    const body = { site, name: edgeName }
    const { edge, token } = await centre.ask({ method: 'POST', path: '/v1/edges', body, answer: MadeEnrolment })
    const cell = await Cell.start(site, policyText().replace('site: riverside', `site: ${site}`))
    const { state } = cell.daemon
    const file = join(state, 'token')
    writeFileSync(file, token, { mode: 0o600 })
    const { code, stderr } = await bulkheadAtEdge(cell.world, ['edge', 'enrol', '--token-file', file, '--state', state])
    assert.equal(code, 0, stderr)
    // There is no network between the namespaces: what is dialled is the socket alone.
    const path = join(state, 'link/enrolled.json')
    const enrolled = Enrolled.parse(JSON.parse(readFileSync(path, 'utf8')))
    const urls = enrolled.urls.filter((url) => url.startsWith('unix:'))
    writeFileSync(path, JSON.stringify({ ...enrolled, urls }))
    const plant = new Plant(site, cell, centre, edge.id)
    await until(`the link of ${site} stands`, () => plant.connected())
    return plant
  }

  async connected(): Promise<boolean> {
    const status = await this.cell.status().catch(() => undefined)
    return status?.manager?.connected === true
  }
  async waiting(): Promise<number> {
    return (await this.cell.status()).manager?.waiting ?? Number.POSITIVE_INFINITY
  }

  async restart(): Promise<void> {
    this.busy = true
    try {
      await this.cell.restart('SIGKILL')
    } finally {
      this.busy = false
    }
  }

  /** Something that is denied and told of. */
  knock(port: number): void {
    this.cell.world.send('ews', tcpFrame({ from: 'ews', to: 'plc' }, port))
  }

  /** One that waits for its confirmation may go away again by itself; what was confirmed may not. */
  #confirmedRevision(): number {
    const plans = plansOf(this.#database)
    const plan = plans.confirmed()?.id ?? 0
    const text = plan === this.#confirmed.plan ? undefined : plans.load(plan)?.source
    if (text === undefined) return this.#confirmed.revision
    const digest = sha256(text)
    const known = knownPolicies({ kv: kvOf(this.#database) }).findLast(
      (one) => one.digest === digest && one.outcome !== 'refused' && one.outcome !== 'rolled-back',
    )
    this.#confirmed = { plan, revision: known?.revision ?? 0 }
    return this.#confirmed.revision
  }

  marks(): Marks {
    const kv = kvOf(this.#database)
    const revisions = heldRevisions({ kv })
    return {
      ...revisions,
      policy: knownPolicies({ kv }).at(-1)?.revision ?? 0,
      'confirmed policy': this.#confirmedRevision(),
      ...Object.fromEntries(Object.entries(cursorsOf(kv)).map(([name, seq]) => [`acknowledged ${name}`, seq])),
    }
  }

  /** Its own events of a class, as they go up, and how many of them it counts as acknowledged. */
  events(name: EventClass): { readonly events: readonly SentEvent[]; readonly acknowledged: number } {
    const kv = kvOf(this.#database)
    const events = outboxOf(this.#database, kv).next(name, 0, { count: 1_000_000, size: 1 << 30 })
    const upTo = cursorsOf(kv)[name] ?? 0
    return { events, acknowledged: events.filter(({ seq }) => seq <= upTo).length }
  }
  all(): readonly SentEvent[] {
    return eventClasses.flatMap((name) => this.events(name).events)
  }

  /** What the manager says of it. */
  detail(): Promise<EdgeDetail> {
    return this.#centre.ask({ path: `/v1/edges/${this.id}`, answer: EdgeDetail })
  }

  /** Addresses that the kernel holds by order, as nft shows them. */
  async held(): Promise<readonly string[]> {
    const { code, stdout, stderr } = await this.cell.world.exec('edge', 'nft', [
      'list',
      'set',
      'bridge',
      'bulkhead',
      'held4',
    ])
    assert.equal(code, 0, stderr)
    return [...stdout.matchAll(/ \. (\d+\.\d+\.\d+\.\d+) timeout/g)].map(([, ip]) => ip ?? '').toSorted()
  }

  async close(): Promise<void> {
    this.#database.close()
    await this.cell.close()
  }
}
