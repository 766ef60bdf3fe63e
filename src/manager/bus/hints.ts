/**
 * Hints as messages between managers. What comes over the wire is nobody's word until it is shown to be one of ours: objects carry
 * their own signature, every other hint is signed with the key that the managers of one database share.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import * as z from 'zod'
import { Signed, signedText, StateObject, stateStreams, streamOf } from '#schema/link-objects.ts'
import { EdgeIdentity, reaches, Scope } from '#schema/link-values.ts'
import type { ObjectSigner } from '../fleet/signer.ts'
import type { Hints, Topic } from './bus.ts'

/** Edges in one message. */
export const mostEdges = 1000
/** Bytes of one message. */
export const mostBytes = 256 * 1024
/** ms that a signed hint may be old: clocks of managers differ, and a hint that comes later is of no use. */
const freshMs = 60_000

const Text = z.string().max(500)
const Edges = z.array(EdgeIdentity).max(mostEdges)
const shapes = {
  state: z.strictObject({ stream: z.enum(stateStreams), revision: z.int().min(1), scope: Scope, object: Signed }),
  policy: z.strictObject({ edges: Edges }),
  cut: z.strictObject({ edges: Edges, except: Text.optional(), why: Text }),
  changed: z.strictObject({ kind: z.string().max(64), id: z.string().max(256) }),
}
export const topics = ['state', 'policy', 'cut', 'changed'] as const satisfies readonly Topic[]
export type StateHint = Hints['state']

const Envelope = z.discriminatedUnion('topic', [
  z.strictObject({ type: z.literal('hint'), topic: z.literal('policy'), at: z.int(), hint: shapes.policy }),
  z.strictObject({ type: z.literal('hint'), topic: z.literal('cut'), at: z.int(), hint: shapes.cut }),
  z.strictObject({ type: z.literal('hint'), topic: z.literal('changed'), at: z.int(), hint: shapes.changed }),
])
/** A hint with its topic, so that one narrows the other. */
export type Told = { [T in Topic]: { readonly topic: T; readonly hint: Hints[T] } }[Topic]

const parts = (hint: Hints[Topic]): readonly Hints[Topic][] =>
  'edges' in hint
    ? Array.from({ length: Math.ceil(hint.edges.length / mostEdges) }, (_, part) => ({
        ...hint,
        edges: hint.edges.slice(part * mostEdges, (part + 1) * mostEdges),
      }))
    : [hint]

/** The messages of a hint: several when it names many edges. */
export const messagesOf = (signer: ObjectSigner, topic: Topic, hint: Hints[Topic], now: number): readonly string[] =>
  parts(hint).map((part) =>
    JSON.stringify(topic === 'state' ? part : signer.sign({ type: 'hint', topic, at: now, hint: part })),
  )

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const sameScope = (a: Scope, b: Scope): boolean => {
  const probe = { site: 'site' in b ? b.site : '', edge: 'edge' in b ? b.edge : '' }
  return a.level === b.level && reaches(a, probe)
}

/** Reads what another manager of this database told. */
export const hintReader = (signer: Pick<ObjectSigner, 'pem' | 'fingerprint'>) => {
  const key: KeyObject = createPublicKey(signer.pem)
  const isOurs = (object: Signed): boolean =>
    object.key === signer.fingerprint &&
    verify(null, Buffer.from(signedText(object.body)), key, Buffer.from(object.signature, 'base64'))

  const stateOf = (text: string): Told | undefined => {
    const hint = shapes.state.safeParse(jsonOf(text)).data
    if (hint === undefined || !isOurs(hint.object)) return undefined
    const body = StateObject.safeParse(jsonOf(hint.object.body)).data
    // What stands around an object is not signed: it must say what the object says.
    const agrees =
      body !== undefined &&
      body.revision === hint.revision &&
      streamOf[body.type] === hint.stream &&
      sameScope(body.scope, hint.scope)
    return agrees ? { topic: 'state', hint } : undefined
  }
  /** @returns nothing when the message is not of a manager of this database, or old */
  return (topic: Topic, text: string, now: number): Told | undefined => {
    if (text.length > mostBytes) return undefined
    if (topic === 'state') return stateOf(text)
    const signed = Signed.safeParse(jsonOf(text)).data
    if (signed === undefined || !isOurs(signed)) return undefined
    const told = Envelope.safeParse(jsonOf(signed.body)).data
    if (told === undefined || told.topic !== topic || Math.abs(now - told.at) > freshMs) return undefined
    if (told.topic !== 'cut') return told
    const { except, ...rest } = told.hint
    return { topic: 'cut', hint: { ...rest, ...(except === undefined ? {} : { except }) } }
  }
}
