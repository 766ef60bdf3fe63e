/** One simulated edge: what it holds, and what it answers to a frame. Sockets, clocks and keys are elsewhere. */
import { sha256 } from '#schema/chain.ts'
import type { FromEdge, ToEdge, ToEdgeOf } from '#schema/link-frames.ts'
import { type Signed, type StateObject, type StateStream, stateStreams, streamOf } from '#schema/link-objects.ts'
import { type EdgeIdentity, reaches } from '#schema/link-values.ts'
import { advanced, current, type Held, nothing, replaced } from './held.ts'
import { countWaiting, due, newOutbox, type Outbox, stored } from './outbox.ts'
import type { Body } from './verify.ts'

export interface SimEdge extends EdgeIdentity {
  readonly store: string
  readonly streams: Record<StateStream, Held>
  policy: { readonly revision: number; readonly digest: string; readonly state: 'local' | 'pending' | 'confirmed' }
  readonly outbox: Outbox
  welcome: boolean
}

/** What the world around an edge gives it. */
export interface Around {
  readonly now: () => number
  /** The body of a signed object, or nothing when the signature is not the manager's. */
  readonly bodyOf: (object: Signed) => Body | undefined
  /** Counts what should not have come, or did. */
  readonly count: (what: Counted, many?: number) => void
  /** An object is in force. */
  readonly onState: (edge: SimEdge, object: StateObject) => void
}
export const noneCounted = () => ({
  enforced: 0,
  refused: 0,
  replayed: 0,
  gaps: 0,
  snapshots: 0,
  policies: 0,
  acknowledged: 0,
})
export type Counted = keyof ReturnType<typeof noneCounted>

const noPolicy = sha256('')
const empty = nothing()

export const newEdge = (identity: EdgeIdentity, store: string): SimEdge => ({
  ...identity,
  store,
  streams: { orders: empty, permits: empty, risk: empty },
  policy: { revision: 0, digest: noPolicy, state: 'local' },
  outbox: newOutbox(),
  welcome: false,
})

export const hello = (edge: SimEdge, version: string, now: number): FromEdge => {
  const { orders, permits, risk } = edge.streams
  const have = {
    policy: edge.policy.revision,
    orders: orders.revision,
    permits: permits.revision,
    risk: risk.revision,
  }
  return { type: 'hello', version, store: edge.store, have, newest: edge.outbox.seq, at: now }
}

export const digest = (edge: SimEdge, now: number): FromEdge => ({
  type: 'digest',
  at: now,
  policy: { ...edge.policy, intact: true },
  streams: stateStreams.map((stream) => {
    const held = (edge.streams[stream] = current(edge.streams[stream], now))
    return { stream, revision: held.revision, count: held.entries.size, hash: held.hash(), enforced: held.entries.size }
  }),
  status: 'enforcing',
  alarms: [],
  waiting: countWaiting(edge.outbox),
})

const isState = (body: Body | undefined): body is StateObject =>
  body !== undefined && Object.hasOwn(streamOf, body.type)
/** The body, when it is for this edge. */
const mine = <T extends { site: string; edge: string }>(edge: SimEdge, body: T | undefined): T | undefined =>
  body?.site === edge.site && body.edge === edge.edge ? body : undefined

const stateFrame = (edge: SimEdge, frame: ToEdgeOf<'state'>, around: Around): readonly FromEdge[] => {
  const { stream, from, to } = frame
  const held = edge.streams[stream]
  if (to < held.revision || (to === held.revision && frame.snapshot === undefined)) {
    around.count('replayed')
    return []
  }
  if (frame.snapshot === undefined && from > held.revision) {
    around.count('gaps')
    return []
  }
  const objects: StateObject[] = []
  for (const signed of frame.objects) {
    const object = around.bodyOf(signed)
    if (isState(object) && streamOf[object.type] === stream && reaches(object.scope, edge)) objects.push(object)
    else around.count('refused')
  }
  if (frame.snapshot !== undefined) {
    const body = around.bodyOf(frame.snapshot)
    const snapshot = body?.type === 'snapshot' ? mine(edge, body) : undefined
    if (snapshot?.stream !== stream || snapshot.revision !== to || snapshot.count !== objects.length) {
      around.count('refused')
      return []
    }
    around.count('snapshots')
    edge.streams[stream] = replaced(held, to, objects)
  } else edge.streams[stream] = advanced(held, to, objects)
  const now = around.now()
  const fresh = objects.filter(({ revision }) => revision > held.revision)
  around.count('enforced', fresh.length)
  return fresh.map((object) => {
    around.onState(edge, object)
    const { id, revision } = object
    return { type: 'state-report', stream, id, revision, outcome: 'enforced', at: now }
  })
}

const policyFrame = (edge: SimEdge, frame: ToEdgeOf<'policy'>, around: Around): readonly FromEdge[] => {
  const body = around.bodyOf(frame.object)
  const policy = body?.type === 'policy' ? mine(edge, body) : undefined
  if (policy === undefined) {
    around.count('refused')
    return []
  }
  if (policy.revision <= edge.policy.revision) {
    around.count('replayed')
    return []
  }
  around.count('policies')
  const { revision } = policy
  edge.policy = { revision, digest: policy.digest, state: 'pending' }
  const at = around.now()
  // As real edges do: what is in force changed, so a digest is due.
  return [
    { type: 'policy-report', revision, outcome: 'pending', text: 'loaded (simulated)', silent: [], at },
    digest(edge, at),
  ]
}

const confirmFrame = (edge: SimEdge, frame: ToEdgeOf<'confirm'>, around: Around): readonly FromEdge[] => {
  const body = around.bodyOf(frame.object)
  const confirm = body?.type === 'confirm' ? mine(edge, body) : undefined
  if (confirm === undefined) {
    around.count('refused')
    return []
  }
  const { revision } = edge.policy
  if (confirm.revision !== revision || edge.policy.state !== 'pending') return []
  edge.policy = { ...edge.policy, state: 'confirmed' }
  const at = around.now()
  return [
    { type: 'policy-report', revision, outcome: 'confirmed', text: 'by the manager', silent: [], at },
    digest(edge, at),
  ]
}

/** What the edge answers. The frame was checked against the schema. */
export const received = (edge: SimEdge, frame: ToEdge, around: Around): readonly FromEdge[] => {
  switch (frame.type) {
    case 'welcome':
      edge.welcome = true
      for (const [name, seq] of Object.entries(frame.acknowledged))
        for (const waiting of edge.outbox.classes.keys())
          if (waiting === name) around.count('acknowledged', stored(edge.outbox, waiting, seq))
      return [digest(edge, around.now()), ...due(edge.outbox, edge.store)]
    case 'ack':
      if (frame.store !== edge.store) return []
      around.count('acknowledged', stored(edge.outbox, frame.class, frame.seq))
      return due(edge.outbox, edge.store)
    case 'state':
      return stateFrame(edge, frame, around)
    case 'policy':
      return policyFrame(edge, frame, around)
    case 'confirm':
      return confirmFrame(edge, frame, around)
    case 'svid':
    case 'refused':
      break
  }
  return []
}
