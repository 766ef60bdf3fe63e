/** Whether a signed object is one for this edge: signed by the pinned key, of the kind it should be, within reach. Pure. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type * as z from 'zod'
import { err, ok, type Result } from '#core/result.ts'
import type { ToEdgeOf } from '#schema/link-frames.ts'
import {
  type Signed,
  signedText,
  SnapshotObject,
  StateObject,
  type StateStream,
  streamOf,
} from '#schema/link-objects.ts'
import { type EdgeIdentity, reaches } from '#schema/link-values.ts'
import { stateDigest } from '#schema/chain.ts'

export interface Signer {
  /** Hex SHA-256 of its SubjectPublicKeyInfo. */
  readonly fingerprint: string
  readonly key: KeyObject
}

/** @param pem SubjectPublicKeyInfo, as enrolment gave it */
export const signerOf = (pem: string): Signer => {
  const key = createPublicKey(pem)
  const fingerprint = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  return { key, fingerprint }
}

/** What is signed, or why it is not to be believed. */
export const opened = <T>(signer: Signer, signed: Signed, schema: z.ZodType<T>): Result<T, string> => {
  const { key, signature, body } = signed
  if (key !== signer.fingerprint) return err('it is signed with another key than the manager had at enrolment')
  if (!verify(null, Buffer.from(signedText(body)), signer.key, Buffer.from(signature, 'base64')))
    return err('its signature is not valid')
  let document: unknown
  try {
    document = JSON.parse(body)
  } catch {
    return err('what is signed is no JSON')
  }
  const parsed = schema.safeParse(document)
  return parsed.success ? ok(parsed.data) : err('what is signed is not of the kind it should be')
}

const isFor = (identity: EdgeIdentity, { site, edge }: EdgeIdentity): boolean =>
  site === identity.site && edge === identity.edge

/** The same for an object that names the one edge it is for. */
export const openedFor = <T extends EdgeIdentity>(
  signer: Signer,
  identity: EdgeIdentity,
  signed: Signed,
  schema: z.ZodType<T>,
): Result<T, string> => {
  const found = opened(signer, signed, schema)
  if (!found.ok || isFor(identity, found.value)) return found
  return err(`it is for ${found.value.edge} of ${found.value.site}`)
}

export interface StateUpdate {
  readonly stream: StateStream
  readonly to: number
  /** Everything in force; else only what is new. */
  readonly whole: boolean
  readonly objects: readonly StateObject[]
}
/** `gap`: not wrong, but it does not follow what is held. */
export type StateProblem = { readonly kind: 'gap' } | { readonly kind: 'stale' | 'forged'; readonly text: string }

const forged = (text: string): Result<never, StateProblem> => err({ kind: 'forged', text })

/**
 * What a `state` frame brings to an edge that has revision `have` of its stream; after each object the caller may pause.
 * @returns through the generator, which yields once an object
 */
export function* stateUpdate(
  signer: Signer,
  identity: EdgeIdentity,
  have: number,
  { stream, from, to, snapshot, objects: signed }: ToEdgeOf<'state'>,
): Generator<undefined, Result<StateUpdate, StateProblem>> {
  if (to < have)
    return err({ kind: 'stale', text: `revision ${to} of ${stream} was sent, and this edge has ${have} already` })
  if (snapshot === undefined && from > have) return err({ kind: 'gap' })
  const objects: StateObject[] = []
  let last = 0
  for (const one of signed) {
    const found = opened(signer, one, StateObject)
    if (!found.ok) return forged(`an object of ${stream}: ${found.error}`)
    const object = found.value
    if (streamOf[object.type] !== stream) return forged(`an object of ${stream} is a ${object.type}`)
    if (!reaches(object.scope, identity)) return forged(`${object.type} ${object.id} does not reach this edge`)
    if (object.revision > to || object.revision <= last)
      return forged(`revision ${object.revision} of ${stream} is out of its order`)
    last = object.revision
    objects.push(object)
    yield
  }
  if (snapshot === undefined)
    return ok({ stream, to, whole: false, objects: objects.filter(({ revision }) => revision > have) })
  const head = openedFor(signer, identity, snapshot, SnapshotObject)
  if (!head.ok) return forged(`a snapshot of ${stream}: ${head.error}`)
  const { stream: about, revision, count, hash } = head.value
  if (about !== stream || revision !== to)
    return forged(`a snapshot is of ${about} ${revision}, not of ${stream} ${to}`)
  if (count !== objects.length || hash !== stateDigest(objects))
    return forged(`the snapshot of ${stream} ${to} does not hold the objects that it was signed for`)
  return ok({ stream, to, whole: true, objects })
}
