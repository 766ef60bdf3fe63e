/** Answers to the requests of v1 (RFC 1157, 4.1) and v2c (RFC 3416, 4.2). */
import { der, objectIdentifier } from '../der.ts'
import { byOid, empty, encodedInteger, tags, type Oid } from './ber.ts'
import type { Entry } from './table.ts'

export const pdus = { get: 0xa0, getNext: 0xa1, response: 0xa2, set: 0xa3, getBulk: 0xa5, report: 0xa8 } as const
export const errors = { tooBig: 1, noSuchName: 2, readOnly: 4, notWritable: 17 } as const

/** An OID and its encoded value. */
export type Binding = readonly [Oid, Uint8Array]
export interface Outcome {
  readonly error?: number
  /** Of the binding that is at fault, from 1. */
  readonly index?: number
  readonly bindings: readonly Binding[]
}

export const encodedBinding = ([oid, value]: Binding): Uint8Array => der(tags.sequence, objectIdentifier(oid), value)
/** @param pdu its tag */
export const encodedPdu = (pdu: number, request: number, { error = 0, index = 0, bindings }: Outcome): Uint8Array =>
  der(
    pdu,
    encodedInteger(request),
    encodedInteger(error),
    encodedInteger(index),
    der(tags.sequence, ...bindings.map((binding) => encodedBinding(binding))),
  )

const unset = (oids: readonly Oid[]): readonly Binding[] => oids.map((oid) => [oid, empty(tags.null)])
const found = (table: readonly Entry[], oid: Oid): Entry | undefined =>
  table.find((entry) => byOid(entry.oid, oid) === 0)
const after = (table: readonly Entry[], oid: Oid): Entry | undefined => table.find((entry) => byOid(entry.oid, oid) > 0)

/** What is missing is an error of the whole in v1, and a mark in its place in v2c. */
const missing = (table: readonly Entry[], oid: Oid): number =>
  table.some((entry) => entry.oid.length > 1 && byOid(entry.oid.slice(0, -1), oid.slice(0, -1)) === 0)
    ? tags.noSuchInstance
    : tags.noSuchObject

export const got = (table: readonly Entry[], oids: readonly Oid[], next: boolean, v1: boolean): Outcome => {
  const bindings: Binding[] = []
  for (const [index, oid] of oids.entries()) {
    const entry = next ? after(table, oid) : found(table, oid)
    if (entry !== undefined) bindings.push([entry.oid, entry.value()])
    else if (v1) return { error: errors.noSuchName, index: index + 1, bindings: unset(oids) }
    else bindings.push([oid, empty(next ? tags.endOfView : missing(table, oid))])
  }
  return { bindings }
}

/** @param room bytes of all bindings: fewer are given rather than more */
export const gotBulk = (
  table: readonly Entry[],
  oids: readonly Oid[],
  single: number,
  repetitions: number,
  room: number,
): Outcome => {
  const bindings: Binding[] = []
  let left = room
  const add = (oid: Oid): Oid | undefined => {
    const entry = after(table, oid)
    const binding: Binding = entry === undefined ? [oid, empty(tags.endOfView)] : [entry.oid, entry.value()]
    left -= encodedBinding(binding).length
    if (left < 0) return undefined
    bindings.push(binding)
    return binding[0]
  }
  for (const oid of oids.slice(0, single)) if (add(oid) === undefined) return { bindings }
  let columns = oids.slice(single)
  const last = table.at(-1)?.oid ?? []
  for (let turn = 0; turn < repetitions && columns.length > 0; turn++) {
    const reached: Oid[] = []
    for (const oid of columns) {
      const next = add(oid)
      if (next === undefined) return { bindings }
      reached.push(next)
    }
    // Beyond the end of all of them nothing is repeated.
    if (columns.every((oid) => byOid(oid, last) >= 0)) break
    columns = reached
  }
  return { bindings }
}

export const refused = (oids: readonly Oid[], v1: boolean): Outcome => ({
  error: v1 ? errors.readOnly : errors.notWritable,
  index: 1,
  bindings: unset(oids),
})
export const tooBig = (oids: readonly Oid[], v1: boolean): Outcome => ({
  error: errors.tooBig,
  bindings: v1 ? unset(oids) : [],
})
