/**
 * Elements of nftables sets, put in and taken out straight over netlink: an order that stops an attacker takes a tenth of the time that
 * text and the library's reading of it take (docs/decisions/003).
 */
import { Fault } from '#core/errors.ts'
import { err, ok, type Result } from '#core/result.ts'
import { errno, errnoText, SystemError } from './libc.ts'
import { attribute, messageFlag, nested, netfilterHeader, toBe64 } from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'
import { families, subsystem, terminated, type NftFamily } from './nft-numbers.ts'

// linux/netfilter/nf_tables.h: enum nf_tables_msg_types and attributes
const message = { newElement: 12, deleteElement: 14 } as const
const listAttribute = { table: 1, set: 2, elements: 3 } as const
const elementAttribute = { key: 1, timeout: 4 } as const
const dataValue = 1
const listElement = 1

/** Bytes of one message's elements: the length of an attribute has 16 bits. */
const messageLimit = 32_768
/** Bytes a batch may have where the machine permits it, as libnftables has it. */
const batchLimit = 4 << 20

export interface ElementChange {
  readonly set: string
  /** As the kernel keeps it: every field padded to a multiple of four bytes. */
  readonly key: Uint8Array
  /** Until it ends by itself, from now on; 0 takes it out. */
  readonly seconds: number
}

const encoded = ({ key, seconds }: ElementChange): Uint8Array =>
  nested(
    listElement,
    nested(elementAttribute.key, attribute(dataValue, key)),
    attribute(elementAttribute.timeout, toBe64(BigInt(Math.max(1, Math.round(seconds * 1000))))),
  )

interface Message {
  readonly type: number
  readonly flags: number
  readonly body: readonly Uint8Array[]
}

/** Messages of one kind for elements of one set. */
const messages = (
  family: NftFamily,
  table: string,
  set: string,
  type: number,
  elements: readonly Uint8Array[],
): Message[] => {
  const groups: Uint8Array[][] = []
  let size = messageLimit
  for (const element of elements) {
    if (size + element.length > messageLimit) {
      groups.push([])
      size = 0
    }
    groups.at(-1)?.push(element)
    size += element.length
  }
  return groups.map((group) => ({
    type: subsystem | type,
    flags: type === message.newElement ? messageFlag.create : 0,
    body: [
      netfilterHeader(families[family], 0),
      attribute(listAttribute.table, terminated(table)),
      attribute(listAttribute.set, terminated(set)),
      nested(listAttribute.elements, ...group),
    ],
  }))
}

/** What the kernel said of a change, for a person. */
const sentences: Readonly<Record<number, string>> = {
  [errno.ENOENT]: 'there is no such set',
  [errno.ENFILE]: 'a set is full',
  [errno.EMSGSIZE]: 'it is too much at once for this machine',
}

/** Where changes of elements are told to the kernel, of this process's network or a named one. */
export const elementSocket = (namespace?: string): NetlinkSocket =>
  new NetlinkSocket({ protocol: protocol.netfilter, namespace, sendBuffer: batchLimit })

/**
 * One transaction: all of it or nothing. To put in what is there does not refresh its time, and to take out what is not there is an error: so
 * every element is put in and taken out, and put in again where it is to stay.
 * @returns one sentence about what the kernel refused
 * @throws Fault `privileges-missing`
 */
export const changeElements = (
  socket: NetlinkSocket,
  family: NftFamily,
  table: string,
  changes: readonly ElementChange[],
): Result<undefined, string> => {
  if (changes.length === 0) return ok(undefined)
  const sets = [...new Set(changes.map(({ set }) => set))]
  const batch = sets.flatMap((set) => {
    // Of the same element named twice the last counts.
    const ours = new Map(
      changes.flatMap((change) => (change.set === set ? [[Buffer.from(change.key).toString('latin1'), change]] : [])),
    )
    const changed = [...ours.values()]
    const of = (type: number, elements: readonly ElementChange[]) =>
      messages(family, table, set, type, elements.map(encoded))
    return [
      ...of(message.newElement, changed),
      ...of(message.deleteElement, changed),
      ...of(
        message.newElement,
        changed.filter(({ seconds }) => seconds > 0),
      ),
    ]
  })
  try {
    socket.batch(subsystem >> 8, batch)
    return ok(undefined)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.errno === errno.EPERM)
      throw new Fault('privileges-missing', 'The kernel refused an nftables change: Operation not permitted.')
    return err(`${sentences[error.errno] ?? errnoText(error.errno)} (${sets.join(', ')})`)
  }
}
