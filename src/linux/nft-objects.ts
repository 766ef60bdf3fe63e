/**
 * Names and rules of nftables objects straight from netlink. libnftables 1.0.6 reads every element of every set before it lists
 * anything, also when asked to be terse; this reads what it returns and nothing more.
 */
import { createHash } from 'node:crypto'
import {
  netfilterHeader,
  netfilterHeaderLength,
  listAttributes,
  parseAttributes,
  be32,
  be64,
  text,
  type NetlinkMessage,
  attribute,
  messageFlag,
} from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'
import { families, subsystem, terminated, type NftFamily } from './nft-numbers.ts'

// linux/netfilter/nf_tables.h: enum nf_tables_msg_types and attributes
const message = { getChain: 4, getRule: 7, getSet: 10, getElement: 13, getGeneration: 16, getObject: 19 } as const
const chainAttribute = { table: 1, name: 3, hook: 4, policy: 5 } as const
const setAttribute = { table: 1, name: 2, flags: 3 } as const
const ruleAttribute = { table: 1, chain: 2, expressions: 4, userdata: 7 } as const
/** Type of a rule's comment among its user data (libnftnl, udata.h). */
const commentData = 0
const elementAttribute = { table: 1, set: 2, elements: 3 } as const
const objectAttribute = { table: 1, name: 2, type: 3, data: 4 } as const
const counterType = 1 // NFT_OBJECT_COUNTER
const counterAttribute = { bytes: 1, packets: 2 } as const
const generationId = 1
const mapFlag = 8 // NFT_SET_MAP
const objectFlag = 64 // NFT_SET_OBJECT
const anonymousFlag = 1
const dynamicFlag = 32 // NFT_SET_EVAL
const timeoutFlag = 16

/** Which tables to look at: those of a family, in this process's network or a named one. */
interface At {
  readonly family: NftFamily
  readonly namespace: string | undefined
}

export interface SetObject {
  readonly name: string
  readonly isMap: boolean
  /** Filled by rules, or holding elements that end by themselves: its content changes without anybody changing it. */
  readonly moves: boolean
}

let kept: NetlinkSocket | undefined
/**
 * For questions about this process's network. It stays open: to close one after a change of rules waits until the kernel has let go of what
 * was removed (nft_rcv_nl_event, net/netfilter/nf_tables_api.c), up to 25 ms, in which no order is carried out.
 */
const ownSocket = (): NetlinkSocket => (kept ??= new NetlinkSocket({ protocol: protocol.netfilter }))

/** Asks one question of nf_tables; a table that does not exist has no objects. */
const dump = (type: number, { family, namespace }: At, ...body: readonly Uint8Array[]): NetlinkMessage[] => {
  const socket = namespace === undefined ? ownSocket() : new NetlinkSocket({ protocol: protocol.netfilter, namespace })
  try {
    return socket.request(subsystem | type, messageFlag.dump, netfilterHeader(families[family], 0), ...body)
  } catch (error) {
    if (error instanceof Error && 'errno' in error && error.errno === 2) return []
    throw error
  } finally {
    if (namespace !== undefined) socket.close()
  }
}

/** A socket for an answer that is read in parts. It stays open as the other one does; who asks while it is in use gets one of its own. */
let spare: NetlinkSocket | undefined

/** The answer in parts of some hundred objects, between which anything else may be done. */
function* parts(
  type: number,
  { family, namespace }: At,
  ...body: readonly Uint8Array[]
): Generator<readonly NetlinkMessage[], void> {
  const free = namespace === undefined ? spare : undefined
  if (free !== undefined) spare = undefined
  const socket = free ?? new NetlinkSocket({ protocol: protocol.netfilter, namespace })
  let isRead = false
  try {
    yield* socket.parts(subsystem | type, netfilterHeader(families[family], 0), ...body)
    isRead = true
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && error.errno === 2)) throw error
    isRead = true
  } finally {
    if (isRead && namespace === undefined && spare === undefined) spare = socket
    else socket.close()
  }
}

const attributes = ({ body }: NetlinkMessage) => parseAttributes(body, netfilterHeaderLength)

/** Names of the chains of a table. */
export const chainsOf = (family: NftFamily, table: string, namespace?: string): string[] =>
  dump(message.getChain, { family, namespace }).flatMap((part) => {
    const found = attributes(part)
    const name = text(found.get(chainAttribute.name))
    return text(found.get(chainAttribute.table)) === table && name !== undefined ? [name] : []
  })

const hookAttribute = { number: 1 } as const
const forwardHook = 2 // NF_INET_FORWARD
const dropPolicy = 0 // NF_DROP

/** Base chains of others on the forward hook of some families that drop what they do not name, as `family table chain`. */
export const droppingForwardChains = (own: string, asked: readonly NftFamily[]): string[] =>
  asked.flatMap((family) =>
    dump(message.getChain, { family, namespace: undefined }).flatMap((part) => {
      const found = attributes(part)
      const hook = found.get(chainAttribute.hook)
      const owner = text(found.get(chainAttribute.table))
      if (hook === undefined || owner === own || be32(found.get(chainAttribute.policy)) !== dropPolicy) return []
      if (be32(parseAttributes(hook).get(hookAttribute.number)) !== forwardHook) return []
      return [`${family} ${owner ?? ''} ${text(found.get(chainAttribute.name)) ?? ''}`]
    }),
  )

/** Named sets and maps of a table. */
export const setsOf = (family: NftFamily, table: string, namespace?: string): SetObject[] =>
  dump(message.getSet, { family, namespace }, attribute(setAttribute.table, terminated(table))).flatMap((part) => {
    const found = attributes(part)
    const name = text(found.get(setAttribute.name))
    const flags = be32(found.get(setAttribute.flags)) ?? 0
    if (text(found.get(setAttribute.table)) !== table || name === undefined || (flags & anonymousFlag) !== 0) return []
    return [{ name, isMap: (flags & (mapFlag | objectFlag)) !== 0, moves: (flags & (dynamicFlag | timeoutFlag)) !== 0 }]
  })

/** SHA-256 over every chain, set and rule of a table, without elements and without counts; empty text when there is no such table. */
export const structureDigest = (family: NftFamily, table: string, namespace?: string): string => {
  const hash = createHash('sha256')
  const chains = chainsOf(family, table, namespace)
  if (chains.length === 0) return ''
  hash.update(chains.toSorted().join(' '))
  hash.update(
    setsOf(family, table, namespace)
      .map(({ name }) => name)
      .toSorted()
      .join(' '),
  )
  for (const part of dump(message.getRule, { family, namespace }, attribute(ruleAttribute.table, terminated(table)))) {
    const found = attributes(part)
    if (text(found.get(ruleAttribute.table)) !== table) continue
    hash.update(text(found.get(ruleAttribute.chain)) ?? '')
    const expressions = found.get(ruleAttribute.expressions)
    if (expressions !== undefined) hash.update(expressions)
  }
  return hash.digest('hex')
}

/** Named counters of a table: name → packets and bytes. */
export const countersOf = (
  family: NftFamily,
  table: string,
  namespace?: string,
): Map<string, { packets: number; bytes: number }> =>
  new Map(
    dump(message.getObject, { family, namespace }, attribute(objectAttribute.table, terminated(table))).flatMap(
      (part) => {
        const found = attributes(part)
        const name = text(found.get(objectAttribute.name))
        const data = found.get(objectAttribute.data)
        const isCounter = be32(found.get(objectAttribute.type)) === counterType
        if (name === undefined || data === undefined || !isCounter || text(found.get(objectAttribute.table)) !== table)
          return []
        const values = parseAttributes(data)
        const value = (type: number) => Number(be64(values.get(type)) ?? 0n)
        return [[name, { packets: value(counterAttribute.packets), bytes: value(counterAttribute.bytes) }]]
      },
    ),
  )

/** Comments of the rules of a chain, in order; empty when there is no such chain. */
export const commentsOf = (family: NftFamily, table: string, chain: string, namespace?: string): string[] =>
  dump(
    message.getRule,
    { family, namespace },
    attribute(ruleAttribute.table, terminated(table)),
    attribute(ruleAttribute.chain, terminated(chain)),
  ).flatMap((part) => {
    const found = attributes(part)
    const data = found.get(ruleAttribute.userdata)
    if (
      data === undefined ||
      text(found.get(ruleAttribute.chain)) !== chain ||
      text(found.get(ruleAttribute.table)) !== table
    )
      return []
    for (let at = 0; at + 2 <= data.length; at += 2 + (data[at + 1] ?? 0))
      if (data[at] === commentData) return [text(data.subarray(at + 2, at + 2 + (data[at + 1] ?? 0))) ?? '']
    return []
  })

/**
 * A sum over the keys of a set's elements: the same for the same elements in whatever order. A hundred thousand of them take a fifth of a
 * second, so they are read in parts, between which anything else may be done.
 */
export function* elementsDigest(
  family: NftFamily,
  table: string,
  set: string,
  namespace?: string,
): Generator<undefined, string> {
  let sum = 0
  let count = 0
  for (const messages of parts(message.getElement, { family, namespace }, ...namedSet(table, set))) {
    for (const part of messages) {
      const list = attributes(part).get(elementAttribute.elements)
      if (list === undefined) continue
      let at = 0
      while (at + 4 <= list.length) {
        const length = (list[at] ?? 0) | ((list[at + 1] ?? 0) << 8)
        if (length < 4) break
        let hash = 0x811c9dc5
        for (let i = at + 4; i < at + length; i++) hash = Math.imul(hash ^ (list[i] ?? 0), 0x01000193)
        sum = (sum + (hash >>> 0)) % 2 ** 48
        count++
        at += (length + 3) & ~3
      }
    }
    yield
  }
  return `${count}-${sum.toString(16)}`
}

/** Number of the ruleset: it grows by one with every change by anybody in this network, and not by what packets do. */
export const rulesetGeneration = (): number => {
  const [answer] = ownSocket().request(subsystem | message.getGeneration, 0, netfilterHeader(0, 0))
  return answer === undefined ? 0 : (be32(attributes(answer).get(generationId)) ?? 0)
}

// enum nft_set_elem_attributes, nft_expr_attributes, nft_counter_attributes
const elementKey = 1
const elementExpression = 7
const expressionData = 2

const elementExpiration = 5

const namedSet = (table: string, set: string) => [
  attribute(elementAttribute.table, terminated(table)),
  attribute(elementAttribute.set, terminated(set)),
]

/** Key and attributes of every element that a message tells. */
const elementsIn = (part: NetlinkMessage) => {
  const list = attributes(part).get(elementAttribute.elements)
  return (list === undefined ? [] : listAttributes(list)).flatMap(([, element]) => {
    const found = parseAttributes(element)
    const key = parseAttributes(found.get(elementKey) ?? new Uint8Array()).get(1)
    return key === undefined ? [] : [{ key, found }]
  })
}

/** Key and attributes of every element of a set; empty when there is no such set. */
const elementsOf = (family: NftFamily, table: string, set: string, namespace: string | undefined) =>
  dump(message.getElement, { family, namespace }, ...namedSet(table, set)).flatMap((part) => elementsIn(part))

export interface TimedElement {
  /** As the kernel keeps it: every field padded to a multiple of four bytes. */
  readonly key: Uint8Array
  /** Seconds until it ends; 0 without a timeout. */
  readonly expires: number
}

const timed = ({ key, found }: ReturnType<typeof elementsIn>[number]): TimedElement => ({
  key,
  expires: Number(be64(found.get(elementExpiration)) ?? 0n) / 1000,
})

/** Keys of a set and how long each still holds; empty when there is no such set. */
export const timedElements = (family: NftFamily, table: string, set: string, namespace?: string): TimedElement[] =>
  elementsOf(family, table, set, namespace).map(timed)

/**
 * The same in parts of some hundred, each read from the kernel when it is asked for: 65,536 of them at once take a second. What changes
 * meanwhile may be missing, or told twice.
 */
export function* timedParts(
  family: NftFamily,
  table: string,
  set: string,
  namespace?: string,
): Generator<readonly TimedElement[], void> {
  for (const messages of parts(message.getElement, { family, namespace }, ...namedSet(table, set)))
    yield messages.flatMap((one) => elementsIn(one).map(timed))
}

export interface CountedElement {
  /** As the kernel keeps it: every field padded to a multiple of four bytes. */
  readonly key: Uint8Array
  readonly packets: number
}

/** Keys and counts of a set whose elements count packets; empty when there is no such set. */
export const countedElements = (family: NftFamily, table: string, set: string, namespace?: string): CountedElement[] =>
  elementsOf(family, table, set, namespace).flatMap(({ key, found }) => {
    const data = parseAttributes(found.get(elementExpression) ?? new Uint8Array()).get(expressionData)
    const packets = be64(parseAttributes(data ?? new Uint8Array()).get(counterAttribute.packets))
    return packets === undefined ? [] : [{ key, packets: Number(packets) }]
  })
