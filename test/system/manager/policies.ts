/** A manager with a site of three edges, people of every kind, and what edges would say. */
import assert from 'node:assert/strict'
import type * as z from 'zod'
import { localBus } from '#manager/bus/local.ts'
import type { Manager } from '#manager/context.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { objectSigner } from '#manager/fleet/signer.ts'
import { openState } from '#manager/open.ts'
import { policyFrames, policyReported } from '#manager/policies/desired.ts'
import { lookAtRollouts } from '#manager/policies/ticker.ts'
import type { Digest, PolicyReport, ToEdge } from '#schema/link-frames.ts'
import { ConfirmObject, PolicyObject } from '#schema/link-objects.ts'
import { Problem } from '#schema/manager-api.ts'
import { WholeDraft } from '#schema/manager-policies.ts'
import { Rollout } from '#schema/manager-rollouts.ts'
import { password, start, type Started, startSetUp } from './start.ts'

export const second = 1000
/** Longer than the clocks of all tests of a file go on. */
const leaseMs = 43_200_000

/** `mode` of the line, and further conduits. */
export const policyText = (site: string, { mode = 'observe', more = '', sis = false } = {}): string => `version: 1
site: ${site}
timezone: UTC
edges:
  e1: { bridge: br0, ports: { a: { device: eth1, zones: [office] }, b: { device: eth2, zones: [line] } } }
  e2: { bridge: br0, ports: { a: { device: eth1, zones: [office] }, b: { device: eth2, zones: [line] } } }
  e3: { bridge: br0, ports: { a: { device: eth1, zones: [office] }, b: { device: eth2, zones: [line] } } }
zones:
  office: { level: 3, networks: [198.18.10.0/24] }
  line: { level: 1, networks: [198.18.11.0/24], mode: ${mode} }
assets:
  hmi: { ips: [198.18.10.20], zone: office, kind: hmi }
  ews: { ips: [198.18.10.30], zone: office, kind: engineering }
  plc: { ips: [198.18.11.10], zone: line, kind: ${sis ? 'sis' : 'plc'} }
conduits:
  - { id: run, from: hmi, to: plc, service: modbus${sis ? ', allow: [read]' : ''}, reason: the panel operates the line }
${more}tests:
  - { from: hmi, to: plc, service: modbus, ${sis ? 'op: read-holding-registers, ' : ''}expect: permit }
  - { from: ews, to: plc, service: tcp/22, expect: deny }
`

export const people = {
  ann: 'admin',
  eve: 'engineer',
  edd: 'engineer',
  abe: 'approver',
  amy: 'approver',
  vic: 'viewer',
} as const
export type Name = keyof typeof people

export interface Plant {
  readonly started: Started
  /** Another manager of the same database, in this process. */
  readonly manager: Manager
  readonly clock: { ms: number }
  readonly edges: (site: string) => Promise<Readonly<Record<string, EdgeRef>>>
  /** @returns the answer, which must be good */
  ask<T>(who: Name, method: string, path: string, answer: z.ZodType<T>, body?: unknown): Promise<T>
  /** @returns the code of the error, and what it says */
  fails(who: Name, method: string, path: string, body?: unknown): Promise<readonly [code: string, what: string]>
  site(name: string): Promise<Readonly<Record<string, EdgeRef>>>
  /** Written by eve, approved by abe, published by eve. */
  publish(site: string, text: string, plan?: unknown): Promise<Rollout>
  look(): Promise<void>
  rollout(id: string): Promise<Rollout>
  /** Ends the manager and starts it again on what it left. */
  restart(): Promise<void>
  end(): Promise<void>
}

/** @param names of people who log in */
export const startPlant = async (names: readonly Name[]): Promise<Plant> => {
  const clock = { ms: Date.now() }
  const now = () => clock.ms
  let started: Started = await startSetUp({ now })
  const cookies = new Map<Name, string>([['ann', await started.logIn('ann')]])
  for (const name of names) {
    if (name === 'ann') continue
    const body = { name, role: people[name], password }
    const made = await started.send({ method: 'POST', path: '/v1/users', body, cookie: cookies.get('ann')! })
    assert.equal(made.status, 201)
    cookies.set(name, await started.logIn(name))
  }
  const ending = new AbortController()
  const open = async () => {
    const opened = await openState({ state: started.state, now, join: true })
    const manager: Manager = {
      db: opened.db,
      trail: opened.trail,
      keys: opened.keys,
      signer: objectSigner(started.state),
      bus: localBus((error) => assert.fail(String(error))),
      id: 'beside',
      domain: 'bulkhead',
      state: started.state,
      now,
      version: '0.0.0',
      started: clock.ms,
      database: 'private',
      setup: undefined,
      ending: ending.signal,
    }
    return { opened, manager }
  }
  let here = await open()
  // Nobody looks at roll-outs but the test: the manager's own clock would come between.
  const lease = { owner: here.manager.id, until: new Date(clock.ms + leaseMs) }
  await here.manager.db
    .insertInto('policy_lease')
    .values(lease)
    .onConflict((there) => there.column('one').doUpdateSet(lease))
    .execute()
  const send = (who: Name, method: string, path: string, body?: unknown) =>
    started.send({ method, path, cookie: cookies.get(who) ?? '', ...(body === undefined ? {} : { body }) })
  const ask: Plant['ask'] = async (who, method, path, answer, body) => {
    const reply = await send(who, method, path, body)
    assert.ok(reply.status < 300, JSON.stringify(reply.body))
    return answer.parse(reply.body)
  }
  const fails: Plant['fails'] = async (who, method, path, body) => {
    const reply = await send(who, method, path, body)
    assert.ok(reply.status >= 400, JSON.stringify(reply.body))
    const { error } = Problem.parse(reply.body)
    return [error.code, [error.what, ...error.details].join(' ')]
  }
  const edges = async (site: string) => {
    const rows = await here.manager.db
      .selectFrom('edges')
      .select(['id', 'site', 'name'])
      .where('site', '=', site)
      .execute()
    return Object.fromEntries(rows.map(({ id, name }) => [name, { id, site, edge: name }]))
  }
  return {
    get started() {
      return started
    },
    get manager() {
      return here.manager
    },
    clock,
    edges,
    ask,
    fails,
    site: async (name) => {
      const { db } = here.manager
      await db
        .insertInto('sites')
        .values({ name, created: new Date(now()) })
        .execute()
      for (const edge of ['e1', 'e2', 'e3'])
        await db
          .insertInto('edges')
          .values({ site: name, name: edge, created: new Date(now()), enrolled: new Date(now()), manager: 'm' })
          .execute()
      return edges(name)
    },
    publish: async (site, text, plan) => {
      const draft = await ask('eve', 'POST', '/v1/drafts', WholeDraft, { site, title: 'next', text })
      const path = `/v1/drafts/${draft.id}`
      const reply = await send('abe', 'POST', `${path}/approve`, { revision: 1 })
      assert.equal(reply.status, 200, JSON.stringify(reply.body))
      return ask('eve', 'POST', `${path}/publish`, Rollout, { revision: 1, ...(plan === undefined ? {} : { plan }) })
    },
    look: () => lookAtRollouts(here.manager),
    rollout: (id) => ask('ann', 'GET', `/v1/rollouts/${id}`, Rollout),
    restart: async () => {
      const { state } = started
      await here.opened.close()
      await started.manager.close()
      started = await start({ state, now })
      here = await open()
    },
    end: async () => {
      ending.abort()
      await here.opened.close()
      await started.end()
    },
  }
}

type Told = Partial<Pick<PolicyReport, 'silent' | 'text' | 'at'>>
/** What an edge says of a revision. */
export const tells = (
  { manager, clock }: Plant,
  edge: EdgeRef,
  revision: number,
  outcome: PolicyReport['outcome'],
  { silent = [], text = outcome, at = clock.ms }: Told = {},
): Promise<void> => policyReported(manager, edge, { type: 'policy-report', revision, outcome, text, silent, at })

/** A digest as the link would store it. */
export const digests = async (
  { manager, clock }: Plant,
  edge: EdgeRef,
  revision: number,
  more: Partial<Digest['policy']> & { readonly status?: Digest['status'] } = {},
): Promise<void> => {
  const { status = 'pending', ...policy } = more
  const row = await manager.db
    .selectFrom('policy_revisions')
    .select('digest')
    .where('site', '=', edge.site)
    .where('revision', '=', revision)
    .executeTakeFirstOrThrow()
  const digest: Digest = {
    type: 'digest',
    at: clock.ms,
    policy: { revision, digest: row.digest, state: 'pending', intact: true, ...policy },
    streams: [],
    status,
    alarms: [],
    waiting: 0,
  }
  await manager.db
    .updateTable('edges')
    .set({ digest: JSON.stringify(digest), digest_at: new Date(clock.ms) })
    .where('id', '=', edge.id)
    .execute()
}

/** What the link would send: `policy 3`, `confirm 3`. */
export const due = async ({ manager }: Plant, edge: EdgeRef, have: number): Promise<readonly string[]> =>
  (await policyFrames(manager, edge, have)).map((frame) => {
    const { type, body } = bodyOf(frame)
    return `${type} ${body.revision}`
  })

export const bodyOf = (frame: ToEdge) => {
  assert.ok(frame.type === 'policy' || frame.type === 'confirm')
  const body: unknown = JSON.parse(frame.object.body)
  return { type: frame.type, body: frame.type === 'policy' ? PolicyObject.parse(body) : ConfirmObject.parse(body) }
}

/** `{ e1: 'confirmed', … }` */
export const phasesOf = ({ edges }: Rollout): Readonly<Record<string, string>> =>
  Object.fromEntries(edges.map(({ edge, phase }) => [edge, phase]))
